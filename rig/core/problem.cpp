#include "rig/core/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "rig/core/source_excerpt.hpp"

namespace plugrig {
namespace {

constexpr std::size_t longest_quote = 60;  ///< bytes of a quoted text that is shown whole

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);  // two rows back
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string render_one(const Problem& problem, std::string_view source) {
  std::string out = printable(problem.file);
  if (problem.place.line > 0) {
    out += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  }
  out += problem.severity == Problem::Severity::error ? ": error: " : ": warning: ";
  out += printable(problem.message);
  if (!problem.hint.empty()) out += "; " + printable(problem.hint);
  return out + '\n' + source_excerpt(source, problem.place);
}

}  // namespace

void Problems::add_source(std::string file, std::string text) {
  const auto known =
      std::ranges::find_if(sources_, [&](const Source& source) { return source.file == file; });
  if (known != sources_.end()) {
    known->text = std::move(text);
  } else {
    sources_.push_back({std::move(file), std::move(text)});
  }
}

void Problems::error(const std::string& file, SourcePlace place, std::string message,
                     std::string hint) {
  problems_.push_back({Problem::Severity::error, file, place, std::move(message), std::move(hint)});
}

void Problems::warning(const std::string& file, SourcePlace place, std::string message,
                       std::string hint) {
  problems_.push_back(
      {Problem::Severity::warning, file, place, std::move(message), std::move(hint)});
}

void Problems::rewrite(const std::function<std::string(std::string_view)>& rewritten) {
  for (Problem& problem : problems_) {
    problem.message = rewritten(problem.message);
    problem.hint = rewritten(problem.hint);
  }
  for (Source& source : sources_) source.text = rewritten(source.text);
}

bool Problems::any_error() const {
  return std::ranges::any_of(
      problems_, [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

std::string Problems::render() const {
  const auto source_of = [this](const Problem& problem) {
    return std::ranges::find_if(sources_,
                                [&](const Source& source) { return source.file == problem.file; });
  };
  std::vector<const Problem*> sorted;
  for (const Problem& problem : problems_) sorted.push_back(&problem);
  std::ranges::stable_sort(sorted, [&](const Problem* a, const Problem* b) {
    const auto rank = [&](const Problem* p) {
      return std::make_tuple(source_of(*p) - sources_.begin(), p->place.line, p->place.column);
    };
    return rank(a) < rank(b);
  });

  std::vector<std::string> shown;
  for (const Problem* problem : sorted) {
    const auto source = source_of(*problem);
    std::string text = render_one(
        *problem, source == sources_.end() ? std::string_view{} : std::string_view{source->text});
    if (shown.empty() || shown.back() != text) shown.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(shown, ""));
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  const std::string wanted = lowered(name);
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(name.size(), candidate.size());
    const std::size_t shorter = std::min(name.size(), candidate.size());
    const std::size_t limit = longer / 3;
    if (longer - shorter > limit) continue;
    const std::size_t distance = edit_distance(wanted, lowered(candidate));
    if (distance <= limit && distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string in_quotes(std::string_view text) {
  if (text.size() <= longest_quote) return fmt::format("'{}'", printable(text));
  constexpr std::size_t half = (longest_quote - 3) / 2;
  // A character that the cut splits would show as '?': leave its pieces out.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::size_t head = half;
  while (head > 0 && continues(text[head])) --head;
  std::size_t tail = text.size() - half;
  while (tail < text.size() && continues(text[tail])) ++tail;
  return fmt::format("'{}...{}'", printable(text.substr(0, head)), printable(text.substr(tail)));
}

}  // namespace plugrig
