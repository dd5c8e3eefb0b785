#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// Takes secrets out of text before it reaches an event, a record or a screen. Knows each secret
///  - as it is,
///  - JSON-escaped (with and without `\/`, non-ASCII as it is or as `\uXXXX`),
///  - as a Backlog carries it: `;` as `\;`, and each part between semicolons by itself, for the
///    firmware takes a Backlog apart there and runs, echoes and refuses the parts one by one,
///  - each of these URL-escaped (digits in upper or lower case, blank as `%20` or `+`, with and
///    without the signs that browsers leave alone).
///
/// The first 16 bytes or more of a longer form count as well: firmware and logs cut long texts.
/// A secret of less than 4 bytes is taken out only where it stands alone, with no letter or digit
/// beside it; else "ab" would blacken half a record. Sequences refuse such secrets.
///
/// Thread rule: one thread at a time; each slot has its own.
class Redactor {
 public:
  static constexpr std::string_view kMark = "[secret]";

  Redactor() = default;
  explicit Redactor(const std::vector<std::string>& secrets);

  /// An empty secret is no secret.
  void add(std::string_view secret);

  /// `text` with every occurrence replaced by `[secret]`, longest form first.
  [[nodiscard]] std::string clean(std::string_view text) const;

 private:
  friend class StreamRedactor;

  struct Form {
    std::string text;
    bool alone = false;  ///< counts only with no letter or digit beside it
  };
  enum class Look : std::uint8_t { plain, secret, undecided };
  struct Found {
    Look look = Look::plain;
    std::size_t length = 1;  ///< of what was found
  };

  void add_part(std::string_view part);
  void add_form(std::string form, bool alone);
  /// What `text` begins with. `before`: the character in front of it, 0 at the beginning;
  /// `more`: text may follow.
  [[nodiscard]] Found look_at(std::string_view text, char before, bool more) const;

  std::vector<Form> forms_;              ///< longest first
  std::array<bool, 256> begins_form_{};  ///< by first byte
};

/// A redactor for text that comes in pieces: a transcript, a log. What could be the beginning of a
/// secret is held back until more is known, so no cut of the text lets a secret through.
///
/// Thread rule: one thread at a time. The redactor outlives it and does not change meanwhile.
class StreamRedactor {
 public:
  explicit StreamRedactor(const Redactor& redactor) : redactor_(redactor) {}

  /// The text that is safe now; less than a longest form is held back.
  std::string feed(std::string_view piece);
  /// What was held back; begins a new text afterwards.
  std::string flush();

 private:
  std::string take(bool more);

  const Redactor& redactor_;
  std::string held_;
  char before_ = '\0';
};

}  // namespace plugrig
