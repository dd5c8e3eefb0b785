#include "drivers/modbus/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "drivers/modbus/certificate.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::modbus::test {
namespace {

using testing::HasSubstr;
using enum RegisterType;

const std::filesystem::path folder =
    std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures/instruments";

constexpr WordOrder abcd = WordOrder::high_first;
constexpr WordOrder cdab = WordOrder::low_first;

/// One value as Modbus notes §3 has it, typed a second time.
struct Row {
  std::uint16_t address;
  RegisterType type;
  WordOrder order;
  double scale;
};
struct MeterRow {
  std::uint8_t function;
  std::optional<Row> voltage, current, power, frequency;
};

const std::map<std::string, MeterRow> meters{
    {"eastron-sdm120",
     {4, Row{0, float32, abcd, 1}, Row{6, float32, abcd, 1}, Row{12, float32, abcd, 1},
      Row{70, float32, abcd, 1}}},
    {"eastron-sdm230",
     {4, Row{0, float32, abcd, 1}, Row{6, float32, abcd, 1}, Row{12, float32, abcd, 1},
      Row{70, float32, abcd, 1}}},
    {"eastron-sdm630",
     {4, Row{0, float32, abcd, 1}, Row{6, float32, abcd, 1}, Row{12, float32, abcd, 1},
      Row{70, float32, abcd, 1}}},
    {"eastron-sdm72-v2",
     {4, Row{0, float32, abcd, 1}, Row{6, float32, abcd, 1}, Row{12, float32, abcd, 1},
      Row{70, float32, abcd, 1}}},
    {"eastron-sdm72d-m-v1", {4, {}, {}, Row{52, float32, abcd, 1}, {}}},
    {"pzem-016",
     {4, Row{0, u16, abcd, 0.1}, Row{1, u32, cdab, 0.001}, Row{3, u32, cdab, 0.1},
      Row{7, u16, abcd, 0.1}}},
    {"pzem-004t-v3",
     {4, Row{0, u16, abcd, 0.1}, Row{1, u32, cdab, 0.001}, Row{3, u32, cdab, 0.1},
      Row{7, u16, abcd, 0.1}}},
    {"carlo-gavazzi-em112",
     {3, Row{0, s32, cdab, 0.1}, Row{2, s32, cdab, 0.001}, Row{4, s32, cdab, 0.1},
      Row{15, u16, abcd, 0.1}}},
    {"carlo-gavazzi-em340",
     {3, Row{0, s32, cdab, 0.1}, Row{12, s32, cdab, 0.001}, Row{18, s32, cdab, 0.1},
      Row{51, u16, abcd, 0.1}}},
    // Document numbers 3028, 3000, 3054, 3110.
    {"schneider-iem3000",
     {3, Row{3027, float32, abcd, 1}, Row{2999, float32, abcd, 1}, Row{3053, float32, abcd, 1000},
      Row{3109, float32, abcd, 1}}},
    {"siemens-pac2200",
     {3, Row{1, float32, abcd, 1}, Row{13, float32, abcd, 1}, Row{25, float32, abcd, 1}, {}}},
    {"janitza-umg96",
     {3, Row{19000, float32, abcd, 1}, Row{19012, float32, abcd, 1}, Row{19020, float32, abcd, 1},
      Row{19050, float32, abcd, 1}}},
    {"abb-b23",
     {3, Row{0x5B00, u32, abcd, 0.1}, Row{0x5B0C, u32, abcd, 0.01}, Row{0x5B14, s32, abcd, 0.01},
      Row{0x5B2C, u16, abcd, 0.01}}},
    // Items 1, 2, 3 and 8 of two registers each from document number 2001.
    {"yokogawa-wt310e",
     {4, Row{2000, float32, abcd, 1}, Row{2002, float32, abcd, 1}, Row{2004, float32, abcd, 1},
      Row{2014, float32, abcd, 1}}},
};

void expect_value(const std::optional<MeterValue>& value, const std::optional<Row>& row,
                  const std::string& what) {
  ASSERT_EQ(value.has_value(), row.has_value()) << what;
  if (!row) return;
  EXPECT_EQ(value->address, row->address) << what;
  EXPECT_EQ(value->format.type, row->type) << what;
  EXPECT_TRUE(registers_of(row->type) == 1 || value->format.order == row->order) << what;
  EXPECT_DOUBLE_EQ(value->scale, row->scale) << what;
}

/// A board as Modbus notes §4 has it.
struct BoardRow {
  int relays, inputs;
  OutputScheme scheme;
  std::uint16_t write, read, on, off;
  int all_off_function, all_off_address;          ///< -1 = none
  int timed_function, timed_address, timed_base;  ///< -1 = none
  int step_ms;
  bool mains_rated;
};

constexpr auto coils = OutputScheme::coils;
constexpr auto registers = OutputScheme::registers;
const std::map<std::string, BoardRow> boards{
    {"waveshare-relay-8", {8, 8, coils, 0, 0, 0xFF00, 0, 5, 0xFF, 5, 0x200, 0, 100, true}},
    {"waveshare-relay-8-b", {8, 0, coils, 0, 0, 0xFF00, 0, 5, 0xFF, 5, 0x200, 0, 100, true}},
    {"waveshare-relay-16", {16, 0, coils, 0, 0, 0xFF00, 0, 5, 0xFF, 5, 0x200, 0, 100, true}},
    {"waveshare-relay-32", {32, 0, coils, 0, 0, 0xFF00, 0, 5, 0xFF, 5, 0x200, 0, 100, true}},
    {"r4d8-relay-8", {8, 0, registers, 1, 1, 0x0100, 0x0200, -1, -1, 6, 1, 0x600, 1000, false}},
    {"lc-tech-relay-8", {8, 0, coils, 0, 0, 0xFF00, 0, 15, 0, -1, -1, -1, 0, false}},
    {"kmtronic-relay-8", {8, 0, coils, 0, 0, 0xFF00, 0, -1, -1, -1, -1, -1, 0, false}},
    {"icp-das-m7000", {8, 0, coils, 0, 0, 0xFF00, 0, 15, 0, -1, -1, -1, 0, false}},
    {"wago-750", {8, 8, coils, 0, 0x200, 0xFF00, 0, 15, 0, -1, -1, -1, 0, false}},
    {"wiren-board-mr6c", {6, 0, coils, 0, 0, 0xFF00, 0, -1, -1, -1, -1, -1, 0, true}},
};

TEST(ShippedProfiles, EveryFileIsInOneOfTheTables) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().stem().string();
    files.insert(name);
    Problems problems;
    const std::string kind = profile_kind(entry.path(), problems);
    EXPECT_TRUE(kind == "meter" ? meters.contains(name) : boards.contains(name)) << name;
  }
  EXPECT_EQ(files.size(), meters.size() + boards.size());
}

TEST(ShippedProfiles, MetersSayWhatTheFactsSay) {
  for (const auto& [name, row] : meters) {
    Problems problems;
    const MeterProfile profile = load_meter_profile(folder / (name + ".yaml"), problems);
    EXPECT_TRUE(problems.all().empty()) << problems.render();
    EXPECT_EQ(profile.name, name);
    EXPECT_EQ(profile.function, row.function) << name;
    expect_value(profile.voltage, row.voltage, name + " voltage");
    expect_value(profile.current, row.current, name + " current");
    expect_value(profile.power, row.power, name + " power");
    expect_value(profile.frequency, row.frequency, name + " frequency");
    EXPECT_GT(profile.power_accuracy.half_width(1000, 1500), 0.3) << name;
    EXPECT_GT(profile.power_resolution_W, 0) << name;
  }
}

TEST(ShippedProfiles, BoardsSayWhatTheFactsSay) {
  for (const auto& [name, row] : boards) {
    Problems problems;
    const BoardProfile profile = load_board_profile(folder / (name + ".yaml"), problems);
    EXPECT_TRUE(problems.all().empty()) << problems.render();
    EXPECT_EQ(profile.relays, row.relays) << name;
    EXPECT_EQ(profile.inputs, row.inputs) << name;
    EXPECT_EQ(profile.scheme, row.scheme) << name;
    EXPECT_EQ(profile.write_address, row.write) << name;
    EXPECT_EQ(profile.read_address, row.read) << name;
    EXPECT_EQ(profile.on_word, row.on) << name;
    EXPECT_EQ(profile.off_word, row.off) << name;
    EXPECT_EQ(profile.mains_rated, row.mains_rated) << name;
    EXPECT_EQ(profile.all_off ? profile.all_off->function : -1, row.all_off_function) << name;
    EXPECT_EQ(profile.all_off ? profile.all_off->address : -1, row.all_off_address) << name;
    ASSERT_EQ(profile.timed_on.has_value(), row.timed_function >= 0) << name;
    if (!profile.timed_on) continue;
    EXPECT_EQ(profile.timed_on->function, row.timed_function) << name;
    EXPECT_EQ(profile.timed_on->address, row.timed_address) << name;
    EXPECT_EQ(profile.timed_on->base, row.timed_base) << name;
    EXPECT_EQ(profile.timed_on->step, std::chrono::milliseconds{row.step_ms}) << name;
  }
}

/// A file of the test's own; gone with it.
class ProfileFile : public testing::Test {
 protected:
  ProfileFile() { std::filesystem::create_directories(path_.parent_path()); }
  ~ProfileFile() override { std::filesystem::remove_all(path_.parent_path()); }

  std::string meter_problems(const std::string& text) {
    write(text);
    Problems problems;
    load_meter_profile(path_, problems);
    return problems.render();
  }
  std::string board_problems(const std::string& text) {
    write(text);
    Problems problems;
    load_board_profile(path_, problems);
    return problems.render();
  }
  void write(const std::string& text) { std::ofstream(path_) << text; }

  const std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                      ("plugrig-profile-" + std::to_string(::getpid())) /
                                      "own.yaml";
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const std::string good_meter = R"(kind: meter
model: Own
function: 4
block: {first: 0x0000, registers: 6}
values:
  voltage: {address: 0x0000, type: u16, scale: 0.1 V}
  current: {address: 0x0001, type: u32, words: CDAB, scale: 1 mA}
  power:   {address: 0x0003, type: s32, words: ABCD, scale: 0.1 W, not_available: [0x7FFFFFFF]}
refresh: 200 ms
settle: 1 s
latency: 100 ms
ranges: {voltage: [300 V], current: [5 A, 20 A]}
accuracy:
  voltage: {reading: 0.5 %, range: 0 %}
  current: {reading: 0.5 %, range: 0.1 %}
  power:   {reading: 0.5 %, range: 0.1 %, absolute: 0.1 W}
resolution: {voltage: 0.1 V, current: 1 mA, power: 0.1 W}
)";

TEST_F(ProfileFile, AMeterOfOnesOwnNeedsNoCode) { EXPECT_EQ(meter_problems(good_meter), ""); }

struct BadProfile {
  std::string name;
  std::string from, to;
  std::string place;  ///< ":line:column:"
  std::string message;
};

TEST_F(ProfileFile, MeterProblemsHaveAPlace) {
  const std::vector<BadProfile> cases{
      {"key", "refresh:", "refersh:", ":9:1:", "unknown key 'refersh'"},
      {"function", "function: 4", "function: 6", ":3:11:", ""},
      {"type", "type: u16", "type: u17", ":6:36:", "u17"},
      {"unit", "0.1 V}", "0.1 W}", ":6:48:", ""},
      {"words", "words: CDAB, ", "", ":7:12:", "needs 'words'"},
      {"outside", "address: 0x0003", "address: 0x0005", ":8:22:", "outside the block"},
      {"overlap", "address: 0x0001", "address: 0x0000", ":7:12:", "shares registers"},
      {"scale", "scale: 0.1 V", "scale: 0 V", ":6:48:", "scale of 0"},
      {"pattern", "[0x7FFFFFFF]", "[0x17FFFFFFF]", ":8:83:", "no pattern of 32 bits"},
      {"pattern text", "[0x7FFFFFFF]", "[never]", ":8:83:", "no pattern"},
      {"ranges", "[5 A, 20 A]", "[20 A, 5 A]", ":12:37:", "ascending"},
      {"range unit", "[300 V]", "[300 A]", ":12:19:", ""},
      {"accuracy", "  current: {reading: 0.5 %, range: 0.1 %}\n", "",
       ":14:3:", "accuracy of current is missing"},
      {"perfect", "{reading: 0.5 %, range: 0 %}", "{reading: 0 %, range: 0 %}",
       ":14:12:", "without error"},
      {"block", "registers: 6", "registers: 126", ":4:35:", ""},
      {"end", "first: 0x0000", "first: 0xFFFE", ":4:8:", "behind the last address"},
  };
  for (const BadProfile& bad : cases) {
    const std::string text = meter_problems(with(good_meter, bad.from, bad.to));
    EXPECT_THAT(text, HasSubstr(bad.message)) << bad.name;
    EXPECT_THAT(text, HasSubstr(bad.place)) << bad.name << "\n" << text;
    EXPECT_THAT(text, HasSubstr("error")) << bad.name;
  }
}

TEST_F(ProfileFile, AllProblemsAtOnce) {
  std::string text = with(good_meter, "function: 4", "function: 9");
  text = with(text, "refresh: 200 ms", "refresh: 200");
  text = with(text, "type: u16", "type: int");
  const std::string problems = meter_problems(text);
  for (const auto* place : {":3:", ":6:", ":9:"}) EXPECT_THAT(problems, HasSubstr(place));
}

const std::string good_board = R"(kind: board
model: Own
relays: 4
outputs: {scheme: registers, address: 1, on: 0x0100, off: 0x0200, reads_on: 1}
all_off: {function: 6, address: 0, value: 0x0800}
timed_on: {function: 6, address: 1, base: 0x0600, step: 1 s, longest: 255 s}
inputs: {count: 4, function: 2, address: 0}
mains_rated: false
contact_rating: 10 A
latency: 50 ms
)";

TEST_F(ProfileFile, BoardProblemsHaveAPlace) {
  EXPECT_EQ(board_problems(good_board), "");
  const std::vector<BadProfile> cases{
      {"key", "mains_rated", "mains", ":8:1:", "unknown key 'mains'"},
      {"missing", "mains_rated: false\n", "", ":1:1:", "mains_rated"},
      {"boolean", "mains_rated: false", "mains_rated: no", ":8:14:", ""},
      {"words", "on: 0x0100, ", "", ":4:", "need the key 'on'"},
      {"same", "off: 0x0200", "off: 0x0100", ":4:", "same word"},
      {"coils", "scheme: registers", "scheme: coils", ":4:", "no sense with coils"},
      {"steps", "longest: 255 s", "longest: 70000 s", ":6:", "do not fit"},
      {"all off", "function: 6, address: 0,", "function: 7, address: 0,", ":5:", "5, 6 or 15"},
      {"latency", "latency: 50 ms", "latency: 500 ms", ":10:10:", ""},
  };
  for (const BadProfile& bad : cases) {
    const std::string text = board_problems(with(good_board, bad.from, bad.to));
    EXPECT_THAT(text, HasSubstr(bad.message)) << bad.name;
    EXPECT_THAT(text, HasSubstr(bad.place)) << bad.name << "\n" << text;
  }
}

TEST_F(ProfileFile, KindAndFilesThatAreNone) {
  Problems problems;
  write("model: x\n");
  EXPECT_EQ(profile_kind(path_, problems), "");
  EXPECT_THAT(problems.render(), HasSubstr("kind"));
  Problems missing;
  load_meter_profile(path_.parent_path() / "none.yaml", missing);
  EXPECT_TRUE(missing.any_error());
  for (const auto* text : {"", "[]", "kind: [meter]\n", "values: 3\nkind: meter\n", "a: b: c\n",
                           "kind: meter\nvalues: {voltage: []}\nblock: 3\n"}) {
    write(text);
    Problems bad;
    load_meter_profile(path_, bad);
    load_board_profile(path_, bad);
    EXPECT_TRUE(bad.any_error()) << text;
  }
}

TEST_F(ProfileFile, CertificatesThatAreShipped) {
  for (const auto& entry : std::filesystem::directory_iterator(folder / "certificates")) {
    Problems problems;
    const InstrumentCertificate certificate = load_certificate(entry.path(), problems);
    EXPECT_TRUE(problems.all().empty()) << problems.render();
    EXPECT_FALSE(certificate.number.empty());
    EXPECT_FALSE(certificate.due.empty());
    EXPECT_GT(certificate.power_U, 0);
    EXPECT_EQ(certificate.sha256, sha256_hex(read_bytes(entry.path())));
  }
}

const std::string good_certificate = R"(certificate: C-1
laboratory: Lab
calibrated: 2026-01-31
due: 2027-01
corrections:
  power: {correction: -0.2 %, expanded_uncertainty: 0.05 %}
)";

TEST_F(ProfileFile, CertificateValues) {
  write(good_certificate);
  Problems problems;
  const InstrumentCertificate certificate = load_certificate(path_, problems);
  EXPECT_TRUE(problems.all().empty()) << problems.render();
  EXPECT_EQ(certificate.number, "C-1");
  EXPECT_EQ(certificate.calibrated, "2026-01-31");
  EXPECT_EQ(certificate.due, "2027-01");
  EXPECT_DOUBLE_EQ(certificate.power_correction, -0.002);
  EXPECT_DOUBLE_EQ(certificate.power_U, 0.0005);
  EXPECT_EQ(certificate.voltage_U, 0);
}

TEST_F(ProfileFile, CertificateProblems) {
  const std::vector<BadProfile> cases{
      {"no such day", "2026-01-31", "2026-02-29", ":3:13:", "no date"},
      {"no such month", "due: 2027-01", "due: 2027-13", ":4:6:", "no date"},
      {"German", "2026-01-31", "31.01.2026", ":3:13:", "no date"},
      {"backwards", "due: 2027-01", "due: 2025-12", ":4:6:", "due before"},
      {"key", "laboratory", "labratory", ":2:1:", "did you mean 'laboratory'"},
      {"huge", "-0.2 %", "-20 %", ":6:23:", ""},
      {"without U", ", expanded_uncertainty: 0.05 %", "", ":6:", "expanded_uncertainty"},
  };
  for (const BadProfile& bad : cases) {
    write(with(good_certificate, bad.from, bad.to));
    Problems problems;
    load_certificate(path_, problems);
    EXPECT_THAT(problems.render(), HasSubstr(bad.message)) << bad.name;
    EXPECT_THAT(problems.render(), HasSubstr(bad.place)) << bad.name << problems.render();
  }
  // Unknown due date or number: no problem of the file, and never "not overdue".
  write(with(good_certificate, "due: 2027-01\n", ""));
  Problems problems;
  EXPECT_EQ(load_certificate(path_, problems).due, "");
  EXPECT_FALSE(problems.any_error());
}

}  // namespace
}  // namespace plugrig::modbus::test
