#include "rig/cli/screen/board_screen.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "rig/cli/screen/line_painter.hpp"
#include "rig/cli/screen/terminal.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::cli {
namespace {

/// How often the board is drawn at most, and looks at the size of its terminal.
constexpr Duration kFrame = std::chrono::milliseconds{100};

UniqueFd make_bell() { return UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

}  // namespace

/// Shared by the board and those who ask questions.
struct BoardScreen::State {
  explicit State(const BoardSetting& board_setting) : setting(board_setting) {}

  const BoardSetting setting;
  std::unique_ptr<Clock> clock = make_real_clock();  ///< of the person, not of the bench
  UniqueFd bell = make_bell();

  /// Held while a hook runs, so that `connect` returns only when the old ones are done. Taken
  /// before `lock`.
  std::mutex hook_lock;
  BoardHooks hooks;

  std::mutex lock;
  std::condition_variable_any answered;
  BoardState board;
  BoardKeys keys;
  bool changed = true;
  bool started = false;
  std::optional<std::string> answer;
  std::function<void()> wake_bench;  ///< tells the bench's clock that an answer is there
  std::jthread thread;

  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(bell.get(), &one, sizeof one);
  }

  void run(const std::stop_token& stop);
  void show(const std::stop_token& stop);
  void wait_for_something(Terminal& terminal, bool& hung_up, const std::stop_token& stop);
  void take_keys(std::string_view characters);
  void fulfil(Wish& wanted);
  void say(std::string text);
  [[nodiscard]] std::string why(const std::string& slot);
  void take_answer_from(wish::Answer& typed);
  void tick();
  void draw(const Terminal& terminal, LinePainter& painter);
  void open(const std::string& text, std::function<void()> wake);
  void close();
  [[nodiscard]] std::optional<std::string> take_answer() {
    const std::scoped_lock guard(lock);
    return std::exchange(answer, std::nullopt);
  }

  std::optional<Terminal::Size> shown_size;
};

/// Without a board the run goes on: plain words follow at its end.
void BoardScreen::State::run(const std::stop_token& stop) {
  try {
    show(stop);
  } catch (const std::exception& error) {
    say(error.what());
  }
}

void BoardScreen::State::show(const std::stop_token& stop) {
  Terminal terminal(setting.in, setting.out);
  LinePainter painter(setting.colour);
  const std::stop_callback wake(stop, [this] { ring(); });
  bool hung_up = !terminal.has_keys();
  Instant drawn = Instant::min();
  while (!stop.stop_requested()) {
    if (clock->now() >= drawn + kFrame || drawn == Instant::min()) {
      draw(terminal, painter);
      drawn = clock->now();
    }
    wait_for_something(terminal, hung_up, stop);
  }
  draw(terminal, painter);
}

/// Keys at once; else until it is time to draw.
void BoardScreen::State::wait_for_something(Terminal& terminal, bool& hung_up,
                                            const std::stop_token& stop) {
  std::array watches{FdWatch{.fd = bell.get(), .read = true},
                     FdWatch{.fd = terminal.in(), .read = true}};
  Instant until = clock->now() + kFrame;
  {
    const std::scoped_lock guard(lock);
    if (const auto due = keys.due()) until = std::min(until, *due);
  }
  try {
    wait_fds(*clock, std::span(watches).first(hung_up ? 1 : 2), {until, stop});
  } catch (const Stopped&) {
    return;
  }
  if (watches[0].readable) {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto count = ::read(bell.get(), &rings, sizeof rings);
  }
  std::array<char, 256> typed{};
  std::size_t length = 0;
  if (watches[1].readable || watches[1].closed) {
    const auto count = ::read(terminal.in(), typed.data(), typed.size());
    if (count > 0)
      length = static_cast<std::size_t>(count);
    else
      hung_up = true;
  }
  take_keys({typed.data(), length});
}

void BoardScreen::State::take_keys(std::string_view characters) {
  std::vector<Wish> wishes;
  {
    const std::scoped_lock guard(lock);
    const auto now = clock->now();
    wishes = characters.empty() ? keys.pass(now) : keys.take(characters, now);
    changed = changed || !characters.empty() || !wishes.empty();
  }
  for (auto& wanted : wishes) {
    try {
      fulfil(wanted);
    } catch (const std::exception& error) {
      say(error.what());
    }
  }
}

/// Time goes on while nothing happens.
void BoardScreen::State::tick() {
  const std::scoped_lock hooked(hook_lock);
  if (!hooks.now) return;
  const auto now = hooks.now();
  const std::scoped_lock guard(lock);
  board.tick(now);
  changed = true;
}

void BoardScreen::State::say(std::string text) {
  const std::scoped_lock guard(lock);
  keys.notice(std::move(text));
  changed = true;
}

std::string BoardScreen::State::why(const std::string& slot) {
  auto text = hooks.why ? hooks.why(slot) : std::string();
  if (!text.empty()) return text;
  const std::scoped_lock guard(lock);
  return board.why_waiting(slot);
}

void BoardScreen::State::take_answer_from(wish::Answer& typed) {
  std::function<void()> wake;
  {
    const std::scoped_lock guard(lock);
    answer = std::move(typed.text);
    wake = wake_bench;
  }
  answered.notify_all();
  if (wake) wake();
}

void BoardScreen::State::fulfil(Wish& wanted) {
  const std::scoped_lock guard(hook_lock);
  if (std::holds_alternative<wish::StopAll>(wanted)) {
    if (hooks.stop_all) hooks.stop_all();
  } else if (const auto* stop = std::get_if<wish::StopSlot>(&wanted)) {
    if (!hooks.stop_slot) return say("A single slot cannot be stopped here.");
    hooks.stop_slot(stop->slot);
    say("Stopping " + stop->slot + ".");
  } else if (const auto* again = std::get_if<wish::Retest>(&wanted)) {
    say(hooks.retest ? hooks.retest(again->slot, again->reason)
                     : "Nothing is tested again on this bench.");
  } else if (const auto* asked = std::get_if<wish::Why>(&wanted)) {
    say(why(asked->slot));
  } else if (const auto* scan = std::get_if<wish::Scanned>(&wanted)) {
    if (hooks.scanned) hooks.scanned(scan->scan);
  } else if (auto* typed = std::get_if<wish::Answer>(&wanted)) {
    take_answer_from(*typed);
  }
}

void BoardScreen::State::draw(const Terminal& terminal, LinePainter& painter) {
  tick();
  const auto size = terminal.size();
  std::vector<Line> lines;
  {
    const std::scoped_lock guard(lock);
    if (size != shown_size) {
      painter.forget();
      shown_size = size;
      changed = true;
    }
    if (!std::exchange(changed, false)) return;
    const auto shown = size.value_or(Terminal::Size{});
    auto talk = keys.talk();
    talk.keys = terminal.has_keys();
    lines = board_lines(board, talk, {shown.columns, shown.rows, setting.ascii});
  }
  // Not under the lock: a terminal may take its time.
  terminal.write(painter.paint(lines));
}

void BoardScreen::State::open(const std::string& text, std::function<void()> wake) {
  const std::scoped_lock guard(lock);
  keys.open_question(text);
  answer.reset();
  wake_bench = std::move(wake);
  changed = true;
  ring();
}

void BoardScreen::State::close() {
  const std::scoped_lock guard(lock);
  keys.close_question();
  wake_bench = nullptr;
  changed = true;
}

BoardScreen::BoardScreen(const BoardSetting& setting) : state_(std::make_shared<State>(setting)) {}

BoardScreen::~BoardScreen() { stop(); }

void BoardScreen::start() {
  const std::scoped_lock guard(state_->lock);
  if (std::exchange(state_->started, true)) return;
  // The thread holds the raw pointer: it ends before the state does.
  state_->thread =
      std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

void BoardScreen::stop() {
  std::jthread thread;
  {
    const std::scoped_lock guard(state_->lock);
    thread = std::move(state_->thread);
    state_->started = false;
  }
  if (!thread.joinable()) return;
  thread.request_stop();
  thread.join();
}

void BoardScreen::connect(BoardHooks hooks) {
  const std::scoped_lock guard(state_->hook_lock);
  state_->hooks = std::move(hooks);
}

void BoardScreen::on(const Event& event) noexcept {
  const std::scoped_lock guard(state_->lock);
  state_->board.apply(event);
  state_->changed = true;
  if (std::holds_alternative<event::RunStarted>(event.body)) {
    std::vector<std::string> names;
    for (const auto& slot : state_->board.slots()) names.push_back(slot.name);
    state_->keys.set_slots(std::move(names));
  }
}

person::PromptIo BoardScreen::prompts(Clock& clock, bool real_time) {
  person::PromptIo io;
  const auto state = state_;
  io.show = [this, state, &clock, real_time](const std::string& text) {
    start();
    state->open(text, real_time ? [&clock] { clock.notify(); } : std::function<void()>());
  };
  io.read_line = [state, &clock,
                  real_time](const Deadline& deadline) -> std::optional<std::string> {
    const auto there = [&state] {
      const std::scoped_lock guard(state->lock);
      return state->answer.has_value();
    };
    if (real_time) {
      const auto result = clock.wait(there, deadline);
      state->close();
      if (result == WaitResult::stopped) throw Stopped{};
    } else {
      // In simulated time the bench stands still while a person thinks.
      std::unique_lock guard(state->lock);
      state->answered.wait(guard, deadline.stop, [&state] { return state->answer.has_value(); });
      guard.unlock();
      state->close();
      if (deadline.stop.stop_requested()) throw Stopped{};
    }
    return state->take_answer();
  };
  return io;
}

}  // namespace plugrig::cli
