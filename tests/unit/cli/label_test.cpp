#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "rig/core/fd_wait.hpp"
#include "rig/record/store.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A raw printer: takes one connection and keeps what comes.
class Printer {
 public:
  Printer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||  // NOLINT
        ::listen(listener_.get(), 1) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) !=
            0)  // NOLINT
      throw std::runtime_error("no socket to listen at");
    name = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  void take_one() {
    thread_ = std::jthread([this] {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 512> buffer{};
      for (ssize_t count = 0; (count = ::read(client.get(), buffer.data(), buffer.size())) > 0;)
        received.append(buffer.data(), static_cast<std::size_t>(count));
    });
  }
  const std::string& wait() {
    if (thread_.joinable()) thread_.join();
    return received;
  }
  std::string name;

 private:
  UniqueFd listener_;
  std::string received;
  std::jthread thread_;
};

class LabelCommand : public testing::Test {
 protected:
  LabelCommand() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    RecordStore records(store);
    run = records.begin_run({"ep2", "line-1", "plugrig", UtcTime{1000}, {}});
    passed = add(records, "F1", Verdict::pass, "EP2-0000018", "A4:CF:12:00:00:01");
    failed = add(records, "F2", Verdict::fail, "EP2-0000026", "A4:CF:12:00:00:02");
  }
  ~LabelCommand() override { fs::remove_all(folder); }

  std::string add(RecordStore& records, const std::string& slot, Verdict verdict,
                  const std::string& serial, const std::string& mac) const {
    const std::string id = run + "-" + slot + "-1";
    records.begin_unit({id, run, slot, UtcTime{1000}, {{0, "flash", "flash.identify"}}});
    AttemptRecord attempt;
    attempt.stage = "flash";
    attempt.step = "flash.identify";
    attempt.verdict = verdict;
    attempt.started = attempt.ended = UtcTime{2000};
    records.append_attempt(id, attempt);
    records.set_fact(id, "serial", serial);
    records.set_fact(id, "mac", mac);
    records.set_fact(id, "simulated", "yes");
    records.finish_unit(id, {verdict, verdict == Verdict::pass, UtcTime{3000}});
    return id;
  }

  [[nodiscard]] Said label(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "label");
    arguments.insert(arguments.end(), {"--store", store.string()});
    return plugrig(arguments);
  }
  [[nodiscard]] std::string fact(const std::string& unit, const std::string& name) const {
    const auto facts = RecordStore(store, StoreOptions{.read_only = true}).unit(unit).facts;
    const auto found = facts.find(name);
    return found == facts.end() ? "" : found->second;
  }

  const fs::path folder =
      fs::path(testing::TempDir()) / ("plugrig-label-" + std::to_string(::getpid()));
  const fs::path store = folder / "records.sqlite";
  std::string run, passed, failed;
};

TEST_F(LabelCommand, WritesTheLabelInEveryForm) {
  const auto pdf = label({passed});
  EXPECT_EQ(pdf.code, 0) << pdf.err;
  EXPECT_THAT(text_of(folder / "labels" / (passed + ".pdf")), StartsWith("%PDF"));
  EXPECT_EQ(label({"EP2-0000018", "--format", "png", "--out", (folder / "l.png").string()}).code,
            0);
  EXPECT_THAT(text_of(folder / "l.png"), StartsWith("\x89PNG"));
  EXPECT_EQ(
      label({"A4:CF:12:00:00:01", "--format", "zpl", "--out", (folder / "l.zpl").string()}).code,
      0);
  const auto zpl = text_of(folder / "l.zpl");
  EXPECT_THAT(zpl, HasSubstr("EP2-0000018"));
  EXPECT_THAT(zpl, HasSubstr(passed));
  EXPECT_THAT(zpl, HasSubstr("SIMULATED"));
}

TEST_F(LabelCommand, OnlyAUnitThatPassedGetsOne) {
  const auto said = label({failed});
  EXPECT_THAT(said.err, HasSubstr("label.not_pass"));
  EXPECT_FALSE(fs::exists(folder / "labels"));
  EXPECT_NE(said.code, 0);
  EXPECT_EQ(label({"EP2-9999999"}).code, 2);
  EXPECT_EQ(label({}).code, 2);
  EXPECT_EQ(label({passed, "--format", "pgn"}).code, 2);
  EXPECT_EQ(label({passed, "--size", "50"}).code, 2);
}

TEST_F(LabelCommand, HasTheSizeOfTheProduct) {
  RecordStore(store).set_fact(passed, "label_size", "100 mm x 50 mm, 300 dpi");
  ASSERT_EQ(label({passed, "--format", "zpl", "--out", (folder / "l.zpl").string()}).code, 0);
  EXPECT_THAT(text_of(folder / "l.zpl"), HasSubstr("^PW1181\n^LL591"));
}

TEST_F(LabelCommand, PrintsRawZpl) {
  Printer printer;
  printer.take_one();
  const auto said = label({passed, "--printer", printer.name});
  EXPECT_EQ(said.code, 0) << said.err;
  const auto& received = printer.wait();
  EXPECT_THAT(received, StartsWith("^XA"));
  EXPECT_THAT(received, HasSubstr("^XZ"));
}

TEST_F(LabelCommand, APrinterThatIsNotThereIsTold) {
  std::string name;
  {
    const Printer gone;
    name = gone.name;
  }
  const auto network = label({passed, "--printer", name});
  EXPECT_THAT(network.err, HasSubstr("label.printer (fixture)"));
  EXPECT_EQ(network.code, 3);
  const auto device = label({passed, "--printer", (folder / "lp0").string()});
  EXPECT_THAT(device.err, HasSubstr("label.printer (fixture)"));
  EXPECT_FALSE(fs::exists(folder / "lp0")) << "a file in the place of a printer is no printer";
}

TEST_F(LabelCommand, ScanBackClosesTheUnitWithItsOwnLabelOnly) {
  const auto other = label({passed, "--scan-back", "EP2-0000026"});
  EXPECT_THAT(other.err, HasSubstr("label.other_unit (operator)"));
  EXPECT_NE(other.code, 0);
  EXPECT_EQ(fact(passed, "label_confirmed"), "");
  EXPECT_EQ(label({passed, "--scan-back", "EP2-0000018"}).code, 0);
  const auto first = fact(passed, "label_confirmed");
  EXPECT_NE(first, "");
  EXPECT_EQ(label({passed, "--scan-back", passed}).code, 0) << "its QR code";
  EXPECT_EQ(fact(passed, "label_confirmed"), first) << "the first time counts";
  EXPECT_NE(label({failed, "--scan-back", "EP2-0000026"}).code, 0);
}

TEST_F(LabelCommand, ASerialIsReleasedUnlessACertificateNamesIt) {
  EXPECT_THAT(label({passed, "--release-serial"}).err, HasSubstr("serial.certified"));
  EXPECT_EQ(fact(passed, "serial_released"), "");
  RecordStore records(store);
  EXPECT_EQ(records.seen_units("EP2-0000026", "").size(), 1U);
  EXPECT_EQ(records.seen_units("", "A4:CF:12:00:00:02").front().serial, "EP2-0000026");
  EXPECT_EQ(label({failed, "--release-serial"}).code, 0);
  EXPECT_TRUE(records.seen_units("EP2-0000026", "A4:CF:12:00:00:02").empty());
  EXPECT_TRUE(records.seen_units("", "").empty());
}

}  // namespace
}  // namespace plugrig::cli
