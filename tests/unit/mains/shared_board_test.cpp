// Inputs that sit on one board: the watch asks the board, not each of them.
#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

/// A board that reads all its inputs with one request.
class SafetyBoard {
 public:
  explicit SafetyBoard(FakeBench& bench) : bench_(bench) {}

  std::unique_ptr<SafetyInput> input(std::string name, std::function<bool()> truth) {
    truths_.push_back(std::move(truth));
    return std::make_unique<Input>(*this, std::move(name), truths_.size() - 1);
  }
  [[nodiscard]] int requests() const { return requests_; }
  bool silent = false;

 private:
  class Input final : public SafetyInput {
   public:
    Input(SafetyBoard& board, std::string name, std::size_t number)
        : board_(board), name_(std::move(name)), number_(number) {}
    [[nodiscard]] const std::string& name() const override { return name_; }
    bool closed(const Deadline& deadline) override {
      board_.ask(deadline);
      return board_.seen_.at(number_);
    }
    InputReading read_since(Instant since, const Deadline& deadline) override {
      if (!board_.asked_ || *board_.asked_ < since) board_.ask(deadline);
      if (board_.seen_.empty())
        throw Fault("relay.timeout", Blame::instrument, "No answer.", "Look at it.");
      return {board_.seen_.at(number_), board_.asked_};
    }

   private:
    SafetyBoard& board_;
    const std::string name_;
    const std::size_t number_;
  };

  void ask(const Deadline& deadline) {
    ++requests_;
    asked_ = bench_.clock().now();
    seen_.clear();
    std::vector<bool> seen;
    for (const auto& truth : truths_) seen.push_back(truth());
    bench_.call(deadline);
    if (silent) throw Fault("relay.timeout", Blame::instrument, "No answer.", "Look at it.");
    seen_ = seen;
  }

  FakeBench& bench_;
  std::vector<std::function<bool()>> truths_;
  std::vector<bool> seen_;  ///< empty: the last request failed
  std::optional<Instant> asked_;
  int requests_ = 0;
};

class SharedBoard : public MainsTest {
 protected:
  /// As `start`, with guard and contacts of slot F1 on one board.
  void start_on_board() {
    auto hardware = bench.hardware();
    hardware.slots[0].guard = board.input("guard", [this] { return bench.slots[0].guard_closed; });
    hardware.slots[0].contacts_withdrawn =
        board.input("contacts", [this] { return bench.slots[0].withdrawn; });
    gate = std::make_unique<MainsGate>(std::move(hardware), *clock);
    watch = gate->watch();
  }
  void go_live() {
    start_on_board();
    session = enter();
    session->access().energise(soon());
    pass_time(1s);
    ASSERT_TRUE(bench.live());
  }
  void TearDown() override {
    session.reset();
    stop_gate();
    MainsTest::TearDown();
  }

  SafetyBoard board{bench};
  std::unique_ptr<MainsSession> session;
};

TEST_F(SharedBoard, IsAskedOnceARound) {
  go_live();
  const int before = board.requests();
  pass_time(10s);
  // 50 ms between rounds, 5 ms a request.
  const int rounds = board.requests() - before;
  EXPECT_GE(rounds, 170);
  EXPECT_LE(rounds, 190);
  EXPECT_TRUE(bench.live());
}

TEST_F(SharedBoard, EachOfItsInputsStillEndsALiveSlot) {
  for (const bool guard : {true, false}) {
    go_live();
    const Instant begin = clock->now();
    bench.slots[0].contacts = ContactsKind::isolated;  // the truth: they are still on their way
    if (guard) {
      bench.open_guard(0, true);
    } else {
      bench.slots[0].withdrawn = false;
    }
    pass_time(500ms);
    EXPECT_FALSE(bench.live());
    EXPECT_LE(bench.last_off() - begin, 200ms);
    ASSERT_TRUE(session->tripped());
    EXPECT_EQ(session->tripped()->id(), guard ? "safety.guard" : "safety.contacts");
    session.reset();
    stop_gate();
    bench.open_guard(0, false);
    bench.slots[0].withdrawn = true;
    bench.slots[0].contacts = ContactsKind::two_position;
  }
}

TEST_F(SharedBoard, WhoseReadingsAgeEndsALiveSlot) {
  go_live();
  board.silent = true;
  const Instant begin = clock->now();
  pass_time(1s);
  EXPECT_FALSE(bench.live());
  EXPECT_LE(bench.last_off() - begin, 400ms);
  ASSERT_TRUE(session->tripped());
  EXPECT_EQ(session->tripped()->id(), "safety.input_stale");
}

TEST_F(SharedBoard, IsAskedAnewByWhoeverSwitchesOn) {
  go_live();
  session->access().de_energise(soon());
  // Whatever it showed a moment ago, the guard is open now.
  bench.open_guard(0, true);
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "safety.guard");
  EXPECT_FALSE(bench.live());
}

}  // namespace
}  // namespace plugrig::test
