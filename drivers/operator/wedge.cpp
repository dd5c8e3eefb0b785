#include "drivers/operator/wedge.hpp"

#include <utility>

namespace plugrig::person {
namespace {

constexpr char kEscape = '\x1b';
constexpr char kBackspace = '\b';
constexpr char kDelete = '\x7f';

bool is_printable(char c) { return c >= ' ' && c <= '~'; }
bool is_end(char c) { return c == '\r' || c == '\n' || c == '\t'; }

std::string printable(const std::string& text) {
  std::string shown;
  for (const char c : text) shown += is_printable(c) ? c : '?';
  return shown;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Wedge::Wedge(const WedgeOptions& options) : options_(options) {}

std::vector<WedgeEvent> Wedge::take(std::string_view characters, Instant at) {
  Events events = pass(at);
  for (const char character : characters) take_one(character, at, events);
  return events;
}

std::vector<WedgeEvent> Wedge::pass(Instant now) {
  Events events;
  if (now - last_ <= options_.gap) return events;
  after_return_ = false;
  settle(events);
  return events;
}

std::optional<Instant> Wedge::due() const {
  if (burst_.empty() && !junk_) return std::nullopt;
  return last_ + options_.gap + Duration{1};
}

void Wedge::take_one(char character, Instant at, Events& events) {
  const bool second_half = character == '\n' && after_return_;
  after_return_ = false;
  if (second_half) return;
  const bool begins = burst_.empty() && !junk_;
  if (is_end(character)) {
    after_return_ = character == '\r';
    last_ = at;
    if (begins) {
      edit(character == '\r' ? '\n' : character, events);
    } else {
      end_burst(at, events);
    }
    return;
  }
  if (begins) doubted_ = trusted_from_ && at < *trusted_from_;
  last_ = at;
  // Control characters and bytes beyond ASCII are kept only as long as they may be one key.
  if (!begins && !is_printable(character) && burst_.front() != kEscape && !entering_) junk_ = true;
  if (static_cast<unsigned char>(character) >= 0x80 || burst_.size() >= options_.max_length)
    junk_ = true;
  if (burst_.size() < options_.max_length) burst_ += character;
}

/// Enter or Tab came right behind other characters.
void Wedge::end_burst(Instant at, Events& events) {
  for (const char c : burst_) junk_ = junk_ || !is_printable(c);
  const std::string text = trimmed(burst_);
  if (entering_ && !junk_ && text.size() < options_.min_length) {
    settle(events);
    edit('\n', events);
  } else if (junk_) {
    broken("It holds characters that no label holds, or too many.", at, events);
  } else if (text.size() < options_.min_length) {
    broken("It is too short for a label and too fast for a person.", at, events);
  } else if (doubted_) {
    broken("It came right behind something else and may be the rest of it.", at, events);
  } else {
    forget();
    cancel_entry();
    events.emplace_back(Scan{text});
  }
}

/// A pause: what came before it is complete.
void Wedge::settle(Events& events) {
  if (burst_.empty() && !junk_) return;
  const std::string text = std::exchange(burst_, {});
  const bool junk = std::exchange(junk_, false);
  if (text.front() == kEscape && text.size() > 1) return;  // a cursor or function key
  if (entering_ && !junk) {
    for (const char c : text)
      if (entering_) edit(c, events);
  } else if (!junk && text.size() == 1) {
    trusted_from_ = last_ + options_.distrust;
    events.emplace_back(Key{text.front()});
  } else {
    burst_ = text;
    broken("It was cut off: Enter is missing.", last_, events);
  }
}

/// One key of a person.
void Wedge::edit(char character, Events& events) {
  if (!entering_) {
    events.emplace_back(Key{character});
  } else if (is_end(character)) {
    const std::string text = trimmed(entry_);
    cancel_entry();
    if (!text.empty()) events.emplace_back(Scan{text});
  } else if (character == kEscape) {
    cancel_entry();
  } else if (character == kBackspace || character == kDelete) {
    if (!entry_.empty()) entry_.pop_back();
  } else if (is_printable(character) && entry_.size() < options_.max_length) {
    entry_ += character;
  }
}

void Wedge::broken(std::string why, Instant at, Events& events) {
  events.emplace_back(BrokenScan{printable(burst_), std::move(why)});
  trusted_from_ = at + options_.distrust;
  forget();
}

void Wedge::forget() {
  burst_.clear();
  junk_ = false;
  doubted_ = false;
}

void Wedge::begin_entry() {
  entering_ = true;
  entry_.clear();
}

void Wedge::cancel_entry() {
  entering_ = false;
  entry_.clear();
}

}  // namespace plugrig::person
