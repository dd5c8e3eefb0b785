#include "reports/junit_case.hpp"

#include <fmt/format.h>

#include "reports/clean_text.hpp"

namespace plugrig::junit {

std::string element_of(const Outcome& outcome) {
  if (outcome.is == Case::passed) return "";
  if (outcome.is == Case::skipped)
    return fmt::format("      <skipped>{}</skipped>\n", xml_escaped(outcome.message));
  return fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n",
                     outcome.is == Case::failure ? "failure" : "error",
                     xml_escaped(outcome.message), xml_escaped(outcome.type),
                     xml_escaped(outcome.text));
}

void Counts::add(Case which) {
  ++tests;
  failures += which == Case::failure ? 1 : 0;
  errors += which == Case::error ? 1 : 0;
  skipped += which == Case::skipped ? 1 : 0;
}

std::string Counts::text() const {
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
}

}  // namespace plugrig::junit
