#include "rig/regress/bisect.hpp"

#include <bit>
#include <stdexcept>

namespace plugrig::regress {

Bisect::Bisect(std::size_t commits) : bad_(commits - 1), skipped_(commits, false) {
  if (commits < 2) throw std::invalid_argument("a search needs a good and a bad commit");
}

std::optional<std::size_t> Bisect::next() const {
  if (faults_ >= most_faults) return {};
  const std::size_t middle = good_ + (bad_ - good_) / 2;
  // The commit nearest to the middle that was not skipped.
  for (std::size_t away = 0; away < bad_ - good_; ++away) {
    if (middle + away < bad_ && middle + away > good_ && !skipped_[middle + away])
      return middle + away;
    if (middle > good_ + away && !skipped_[middle - away]) return middle - away;
  }
  return {};
}

Bisect::State Bisect::state() const {
  if (bad_ - good_ == 1) return State::found;
  if (faults_ >= most_faults) return State::gave_up;
  return next() ? State::searching : State::narrowed;
}

void Bisect::answer(Answer answer) {
  const auto commit = next();
  if (!commit) throw std::logic_error("the search is over");
  if (answer == Answer::bench_fault) {
    ++faults_;
    return;
  }
  faults_ = 0;
  ++tested_;
  switch (answer) {
    case Answer::good:
      good_ = *commit;
      break;
    case Answer::bad:
      bad_ = *commit;
      break;
    case Answer::skip:
    case Answer::bench_fault:
      skipped_[*commit] = true;
      break;
  }
}

std::vector<std::size_t> Bisect::suspects() const {
  std::vector<std::size_t> all;
  for (std::size_t commit = good_ + 1; commit <= bad_; ++commit) all.push_back(commit);
  return all;
}

std::optional<std::size_t> Bisect::first_bad() const {
  if (state() != State::found) return {};
  return bad_;
}

std::size_t Bisect::steps_left() const {
  std::size_t open = 0;
  for (std::size_t commit = good_ + 1; commit < bad_; ++commit) open += skipped_[commit] ? 0 : 1;
  return static_cast<std::size_t>(std::bit_width(open));
}

}  // namespace plugrig::regress
