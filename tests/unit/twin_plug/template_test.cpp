#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fixtures/twin/tasmota/template.hpp"
#include "tests/unit/twin_plug/plug_host.hpp"

// Old templates become new ones. Source: Tasmota notes, template conversion and EP2 pins.

namespace plugrig::twin::test {
namespace {

using tasmota::converted_pin;

/// The table as the notes print it.
constexpr const char* kRuns =
    "0×1→0; 1×3→1184+32; 4→1312; 5×2→608+32; 7→1376; 8→1056; 9×8→160+1; 17×4→32+1; 21×8→224+1; "
    "29×8→256+1; 37×5→416+1; 42×4→352+1; 46×5→448+1; 51→1088; 52×4→288+1; 56×4→320+1; "
    "60×4→1408+32; 64×2→1600+32; 66×2→768+32; 68→992; 69→1696; 70×12→1760+32; 82×8→192+1; "
    "90×4→64+1; 94×4→384+1; 98×2→1536+32; 100→2144; 101→1728; 102×3→2176+32; 105×2→1120+32; "
    "107×4→2272+32; 111×5→832+32; 116×6→2400+32; 122×4→96+1; 126×4→128+1; 130×18→2592+32; "
    "148×4→3200+32; 152×2→3265+32; 154×3→3392+32; 157×2→544+32; 159→3168; 160×2→480+32; "
    "162→1024; 163×11→3488+32; 174×2→3809+1; 176×16→3904+32; 192→1344; 193→1280; 194×9→4416+32; "
    "203→1664; 204×3→5312+32; 207×3→5440+32; 210×7→5632+32";

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::map<int, int> printed_table() {
  std::string text = kRuns;
  replace_all(text, "×", " x ");
  replace_all(text, "→", " > ");
  replace_all(text, "+", " + ");
  replace_all(text, ";", " ; ");
  std::map<int, int> table;
  std::istringstream words(text);
  for (int first = 0; words >> first;) {
    int count = 1, pin = 0, step = 0;
    std::string sign;
    words >> sign;
    if (sign == "x") words >> count >> sign;
    words >> pin >> sign;
    if (sign == "+") words >> step >> sign;
    for (int i = 0; i < count; ++i) table[first + i] = pin + i * step;
  }
  return table;
}

TEST(PinConversion, EveryRunOfTheTable) {
  const std::map<int, int> table = printed_table();
  EXPECT_EQ(table.size(), 217U);
  for (int old = 0; old < 256; ++old) {
    const auto found = table.find(old);
    const int expected = found == table.end() ? 1 : found->second;
    EXPECT_EQ(converted_pin(static_cast<std::uint8_t>(old)), expected) << "old code " << old;
  }
}

class TemplateCommand : public testing::Test {
 protected:
  void SetUp() override { host.pass(3s); }
  PlugHost host;
};

TEST_F(TemplateCommand, GosundEp2IsExact) {
  EXPECT_EQ(host.result("Template " + kEp2Template),
            R"({"NAME":"Gosund EP2","GPIO":[320,1,576,1,2656,2720,0,0,2624,32,0,224,0,0],)"
            R"("FLAG":0,"BASE":45})");
  EXPECT_EQ(host.result("Template"),
            R"({"NAME":"Gosund EP2","GPIO":[320,1,576,1,2656,2720,0,0,2624,32,0,224,0,0],)"
            R"("FLAG":0,"BASE":45})");
}

TEST_F(TemplateCommand, NewFormIsTakenAsItIs) {
  const std::string given =
      R"({"NAME":"X","GPIO":[576,1,320,1,2656,2720,0,0,2624,32,0,224,0,4704],"FLAG":0,"BASE":18})";
  EXPECT_EQ(host.result("Template " + given), given);
}

TEST_F(TemplateCommand, ThirteenEntriesWithAnyAbove255AreNotTheOldForm) {
  EXPECT_THAT(
      host.result(
          R"(Template {"NAME":"X","GPIO":[56,1,576,1,2656,2720,0,0,2624,32,0,224,0],"FLAG":0})"),
      testing::HasSubstr("[56,1,576,1,2656,2720,0,0,2624,32,0,224,0,"));
}

TEST_F(TemplateCommand, FlagOfTheOldFormBecomesTheAdcPin) {
  const auto adc = [&](int flag) {
    const std::string answer = host.result(fmt::format(
        R"(Template {{"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,0],"FLAG":{},"BASE":18}})", flag));
    const auto object = nlohmann::json::parse(answer);
    EXPECT_EQ(object["FLAG"], 0);
    return object["GPIO"][13].get<int>();
  };
  EXPECT_EQ(adc(0), 0);
  EXPECT_EQ(adc(1), 4704);
  EXPECT_EQ(adc(3), 4768);
  EXPECT_EQ(adc(7), 4896);
  EXPECT_EQ(adc(8), 1);
}

TEST_F(TemplateCommand, InvalidJsonChangesNothing) {
  const std::string before = host.result("Template");
  EXPECT_EQ(host.result("Template {\"NAME\":\"cut"), R"({"Template":"Invalid JSON"})");
  EXPECT_EQ(host.result("Template"), before);
}

TEST_F(TemplateCommand, RestartsOnlyWhenModuleIsAlreadyZero) {
  host.send("Template " + kEp2Template);
  host.pass(6s);
  EXPECT_THAT(host.take_text(), testing::Not(testing::HasSubstr("APP: Restarting")));
  host.send("Module 0");
  host.pass(6s);
  EXPECT_THAT(host.take_text(), testing::HasSubstr("APP: Restarting"));
  host.pass(6s);
  host.send(R"(Template {"NAME":"Other"})");
  host.pass(6s);
  EXPECT_THAT(host.take_text(), testing::HasSubstr("APP: Restarting"));
  EXPECT_EQ(host.result("Module"), R"({"Module":{"0":"Other"}})");
}

}  // namespace
}  // namespace plugrig::twin::test
