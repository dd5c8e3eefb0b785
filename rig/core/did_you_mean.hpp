#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// The hint for a name that is not known: "did you mean 'retries'?" when one of `known` is near to
/// it (nearest_name), else `otherwise`.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known,
                         std::string otherwise = {});

/// As did_you_mean; where none is near, all that are known: "known: mode, retries", or
/// `none_known`.
std::string did_you_mean_or_known(std::string_view name, const std::vector<std::string>& known,
                                  std::string none_known);

/// `message` with the question behind it, where there is one: "no step 'x'; did you mean 'y'?"
std::string with_did_you_mean(const std::string& message, std::string_view name,
                              const std::vector<std::string>& known);

}  // namespace plugrig
