#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plugrig::regress {

/// What came out for a commit.
enum class Answer : std::uint8_t {
  good,
  bad,
  skip,         ///< it cannot be judged: it does not build, or the comparison stayed open
  bench_fault,  ///< the bench failed; the commit is tried again
};

/// Finds the first bad of commits in their order, of which the first is good and the last bad.
/// A pure state machine: it says which commit to try next and takes the answer. Halves what is left
/// with each answer, so 64 commits take 6 builds. A skipped commit is stepped around as `git
/// bisect` does: another one near it is tried, and when nothing but skipped commits is left between
/// good and bad, all that could be the first bad are told. One thread.
class Bisect {
 public:
  /// How often one commit is tried in vain before the search gives up.
  static constexpr int most_faults = 5;

  /// `commits` ≥ 2, counted with the good and the bad end (std::invalid_argument).
  explicit Bisect(std::size_t commits);

  enum class State : std::uint8_t {
    searching,
    found,     ///< first_bad() is the one
    narrowed,  ///< skips hide which of suspects() it is
    gave_up,   ///< the bench failed too often on one commit
  };
  [[nodiscard]] State state() const;

  /// The commit to try, nothing when the search is over.
  [[nodiscard]] std::optional<std::size_t> next() const;
  /// The outcome for next(); std::logic_error when the search is over.
  void answer(Answer answer);

  /// Those that can be the first bad by what is known, in order; the last is known to be bad.
  [[nodiscard]] std::vector<std::size_t> suspects() const;
  [[nodiscard]] std::optional<std::size_t> first_bad() const;
  /// Commits that answered; each took a build.
  [[nodiscard]] std::size_t tested() const { return tested_; }
  /// About so many commits more.
  [[nodiscard]] std::size_t steps_left() const;

 private:
  std::size_t good_ = 0;  ///< the last that is known to be good
  std::size_t bad_;       ///< the first that is known to be bad
  std::vector<bool> skipped_;
  std::size_t tested_ = 0;
  int faults_ = 0;  ///< in a row
};

}  // namespace plugrig::regress
