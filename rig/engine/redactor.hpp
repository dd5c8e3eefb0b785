#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// Takes secrets out of text before it reaches an event, a record or a screen. Knows each secret as
/// it is, URL-escaped (upper and lower case digits, blank as `%20` or `+`) and JSON-escaped (with
/// and without `\/`, non-ASCII as it is or as `\uXXXX`), and each of these escaped once more for a
/// URL.
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
  void add_form(std::string form);

  std::vector<std::string> forms_;  ///< longest first
};

}  // namespace plugrig
