#include "rig/core/did_you_mean.hpp"

#include <fmt/format.h>

#include <utility>

#include "rig/core/problem.hpp"

namespace plugrig {

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known,
                         std::string otherwise) {
  const std::string near = nearest_name(name, known);
  return near.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", near);
}

std::string did_you_mean_or_known(std::string_view name, const std::vector<std::string>& known,
                                  std::string none_known) {
  return did_you_mean(
      name, known,
      known.empty() ? std::move(none_known) : fmt::format("known: {}", fmt::join(known, ", ")));
}

std::string with_did_you_mean(const std::string& message, std::string_view name,
                              const std::vector<std::string>& known) {
  const std::string question = did_you_mean(name, known);
  return question.empty() ? message : message + "; " + question;
}

}  // namespace plugrig
