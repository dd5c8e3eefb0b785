#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// A place in a text, both counted from 1; columns are bytes. Line 0 = no place.
struct SourcePlace {
  int line = 0;
  int column = 0;
  friend bool operator==(SourcePlace, SourcePlace) = default;
};

struct Problem {
  enum class Severity : std::uint8_t { error, warning };
  Severity severity = Severity::error;
  std::string file;
  SourcePlace place;
  std::string message;  ///< one sentence without a full stop
  std::string hint;     ///< "did you mean 'retries'?", or empty
};

/// Collects everything that is wrong with a set of files, so that all of it is told at once.
class Problems {
 public:
  /// Makes the text of `file` known, so that `render` can show the line. A second text of the same
  /// file replaces the first.
  void add_source(std::string file, std::string text);
  void error(const std::string& file, SourcePlace place, std::string message,
             std::string hint = {});
  void warning(const std::string& file, SourcePlace place, std::string message,
               std::string hint = {});

  /// Puts every message, hint and known source text through `rewritten`: texts that must not be
  /// shown are taken out for good.
  void rewrite(const std::function<std::string(std::string_view)>& rewritten);

  [[nodiscard]] bool any_error() const;
  [[nodiscard]] const std::vector<Problem>& all() const { return problems_; }

  /// Sorted by file (in order of add_source, other files behind them) and place; a problem told
  /// twice is shown once:
  ///
  ///     bench.yaml:12:5: error: unknown key 'retrys' in step flash.write; did you mean 'retries'?
  ///         retrys: 2
  ///         ^
  ///
  /// Control characters of file and messages show as '?'.
  [[nodiscard]] std::string render() const;

 private:
  struct Source {
    std::string file;
    std::string text;
  };
  std::vector<Source> sources_;
  std::vector<Problem> problems_;
};

/// The known name nearest to `name`, or "": edit distance with swaps of neighbours, upper and lower
/// case alike, at most a third of the longer name. Of equally near names the first wins.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// `text` in single quotes for a message: printable, its middle left out above 60 bytes.
std::string in_quotes(std::string_view text);

}  // namespace plugrig
