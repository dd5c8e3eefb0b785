#include "rig/cli/screen/board_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig::cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr char kBackspace = '\b';
constexpr char kDelete = '\x7f';
constexpr std::size_t kLongestLine = 200;

}  // namespace

std::vector<Wish> BoardKeys::take(std::string_view characters, Instant at) {
  // Cursor keys come as one piece; the wedge drops them.
  if (mode_ == Mode::keys && !wedge_.due()) {
    const bool up = characters == "\x1b[A" || characters == "\x1bOA";
    const bool down = characters == "\x1b[B" || characters == "\x1bOB";
    if (up || down) {
      step(up ? -1 : 1);
      return {};
    }
  }
  return wishes(wedge_.take(characters, at));
}

std::vector<Wish> BoardKeys::pass(Instant now) { return wishes(wedge_.pass(now)); }

std::vector<Wish> BoardKeys::wishes(const std::vector<person::WedgeEvent>& events) {
  std::vector<Wish> found;
  for (const auto& event : events) {
    if (const auto* pressed = std::get_if<person::Key>(&event)) {
      key(pressed->character, found);
    } else if (const auto* scan = std::get_if<Scan>(&event)) {
      if (mode_ == Mode::serial) leave_line();
      notice_ = "Scanned " + scan->text;
      found.emplace_back(wish::Scanned{*scan});
    } else {
      notice_ = std::get<person::BrokenScan>(event).why;
    }
  }
  if (mode_ == Mode::serial && !wedge_.entering()) leave_line();
  return found;
}

void BoardKeys::key(char character, std::vector<Wish>& wishes) {
  if (mode_ == Mode::keys)
    command(character, wishes);
  else
    edit(character, wishes);
}

void BoardKeys::command(char character, std::vector<Wish>& wishes) {
  if (help_) {
    help_ = false;
    // Any key takes the list away; that of a stop stops as well.
    if (character != 's' && character != 'q') return;
  }
  notice_.clear();
  if (character >= '1' && character <= '9') {
    choose(static_cast<std::size_t>(character - '1'));
    return;
  }
  switch (character) {
    case 's':
    case 'S':
    case 'q':
    case 'Q':
      notice_ = "Stopping: load and mains go off, clean-up runs to its end.";
      wishes.emplace_back(wish::StopAll{});
      return;
    case '\t':
      step(1);
      return;
    case 'x':
    case 'X':
      if (need_slot()) wishes.emplace_back(wish::StopSlot{selected_});
      return;
    case 'w':
    case 'W':
      if (need_slot()) wishes.emplace_back(wish::Why{selected_});
      return;
    case 'r':
    case 'R':
      if (need_slot()) mode_ = Mode::retest;
      return;
    case 't':
    case 'T':
      mode_ = Mode::serial;
      wedge_.begin_entry();
      return;
    case '?':
    case 'h':
      help_ = true;
      return;
    default:
      return;
  }
}

void BoardKeys::edit(char character, std::vector<Wish>& wishes) {
  if (character == '\n') {
    entered(wishes);
  } else if (character == kEscape) {
    if (mode_ == Mode::question)
      typed_.clear();
    else
      leave_line();
  } else if (character == kBackspace || character == kDelete) {
    if (!typed_.empty()) typed_.pop_back();
  } else if (character >= ' ' && typed_.size() < kLongestLine) {
    typed_ += character;
  }
}

void BoardKeys::entered(std::vector<Wish>& wishes) {
  const auto line = std::exchange(typed_, {});
  if (mode_ == Mode::retest) {
    wishes.emplace_back(wish::Retest{selected_, line});
    leave_line();
  } else if (mode_ == Mode::question) {
    question_.clear();
    mode_ = Mode::keys;
    wishes.emplace_back(wish::Answer{line});
  }
}

void BoardKeys::leave_line() {
  typed_.clear();
  wedge_.cancel_entry();
  mode_ = question_.empty() ? Mode::keys : Mode::question;
}

void BoardKeys::choose(std::size_t index) {
  if (index < slots_.size()) selected_ = selected_ == slots_[index] ? "" : slots_[index];
}

void BoardKeys::step(int by) {
  if (slots_.empty()) return;
  const auto found = std::find(slots_.begin(), slots_.end(), selected_);
  const auto count = static_cast<int>(slots_.size());
  int index = by > 0 ? 0 : count - 1;
  if (found != slots_.end())
    index = (static_cast<int>(found - slots_.begin()) + by + count) % count;
  selected_ = slots_[static_cast<std::size_t>(index)];
}

bool BoardKeys::need_slot() {
  if (!selected_.empty()) return true;
  notice_ = "Choose a slot first: its number, or the cursor keys.";
  return false;
}

void BoardKeys::open_question(std::string text) {
  question_ = std::move(text);
  typed_.clear();
  help_ = false;
  wedge_.cancel_entry();
  mode_ = Mode::question;
}

void BoardKeys::close_question() {
  question_.clear();
  if (mode_ == Mode::question) leave_line();
}

BoardTalk BoardKeys::talk() const {
  BoardTalk talk;
  talk.selected = selected_;
  talk.typed = typed_;
  talk.notice = notice_;
  talk.help = help_;
  switch (mode_) {
    case Mode::keys:
      break;
    case Mode::question:
      talk.prompt = question_;
      break;
    case Mode::retest:
      talk.prompt = fmt::format("Test the unit in {} again. Why? Enter: yes, Esc: no  ", selected_);
      break;
    case Mode::serial:
      talk.prompt = "Serial: ";
      talk.typed = wedge_.entry();
      break;
  }
  return talk;
}

}  // namespace plugrig::cli
