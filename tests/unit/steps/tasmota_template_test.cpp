#include "sequences/steps/tasmota_template.hpp"

#include <gtest/gtest.h>

#include "rig/engine/product.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;

json old_template(const std::string& gpio, int flag = 0) {
  return json::parse(R"({"NAME":"X","GPIO":)" + gpio + R"(,"FLAG":)" + std::to_string(flag) +
                     R"(,"BASE":18})");
}

/// What the firmware makes of one old code.
int converted(int code) {
  auto value = old_template("[0,0,0,0,0,0,0,0,0,0,0,0,0]");
  value["GPIO"][4] = code;
  return as_new_template(value).value()["GPIO"][4].get<int>();
}

TEST(Template, TheOldFormBecomesTheOneThatTheFirmwareShows) {
  const auto old_form = json::parse(
      R"({"NAME":"Gosund EP2","GPIO":[56,255,158,255,132,134,0,0,131,17,0,21,0],"FLAG":0,"BASE":45})");
  const auto shown = json::parse(
      R"({"NAME":"Gosund EP2","GPIO":[320,1,576,1,2656,2720,0,0,2624,32,0,224,0,0],"FLAG":0,"BASE":45})");
  EXPECT_EQ(as_new_template(old_form), shown);
  EXPECT_EQ(as_new_template(shown), shown);
}

TEST(Template, CodesFollowTheTable) {
  const std::vector<std::pair<int, int>> known{
      {0, 0},      {255, 1},    {217, 1},    {9, 160},    {17, 32},    {20, 35},    {22, 225},
      {29, 256},   {52, 288},   {56, 320},   {82, 192},   {90, 64},    {122, 96},   {126, 128},
      {130, 2592}, {131, 2624}, {132, 2656}, {133, 2688}, {134, 2720}, {145, 3072}, {146, 3104},
      {148, 3200}, {149, 3232}, {157, 544},  {158, 576},  {216, 5824}};
  for (const auto& [from, to] : known) EXPECT_EQ(converted(from), to) << from;
}

TEST(Template, TheAdcComesFromTheFlag) {
  const auto adc = [](int flag) {
    const auto value = as_new_template(old_template("[0,0,0,0,0,0,0,0,0,0,0,0,0]", flag)).value();
    EXPECT_EQ(value["FLAG"], 0);
    return value["GPIO"][13].get<int>();
  };
  EXPECT_EQ(adc(0), 0);
  EXPECT_EQ(adc(1), 4704);
  EXPECT_EQ(adc(7), 4896);
  EXPECT_EQ(adc(8), 1);
  EXPECT_EQ(adc(16), 0);
}

TEST(Template, WhatIsNoTemplateIsNone) {
  for (const auto* text :
       {"{}", "[]", "1", R"({"NAME":"X","GPIO":[1],"FLAG":0,"BASE":18})",
        R"({"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,256],"FLAG":0,"BASE":18})",
        R"({"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,-1],"FLAG":0,"BASE":18})",
        R"({"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,"1"],"FLAG":0,"BASE":18})",
        R"({"NAME":1,"GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,0],"FLAG":0,"BASE":18})",
        R"({"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,0],"FLAG":"0","BASE":18})",
        R"({"NAME":"X","GPIO":[0,0,0,0,0,0,0,0,0,0,0,0,0],"FLAG":0})"})
    EXPECT_FALSE(as_new_template(json::parse(text))) << text;
}

TEST(Template, DifferencesAreNamedAndTheFirmwaresOwnMembersAreNone) {
  const auto wanted = as_new_template(old_template("[0,0,0,0,0,0,0,0,0,0,0,0,0]")).value();
  auto shown = wanted;
  shown["ARCH"] = "ESP8266";
  EXPECT_EQ(template_difference(shown, wanted), "");
  shown["GPIO"][3] = 32;
  EXPECT_EQ(template_difference(shown, wanted).substr(0, 7), "GPIO is");
  EXPECT_EQ(template_difference(json::object(), wanted), "NAME is nothing instead of \"X\"");
}

TEST(Template, TheShippedProductsTwoFormsAreTheSameTemplate) {
  Problems problems;
  const auto plug =
      load_product(std::string(PLUGRIG_SOURCE_DIR) + "/fixtures/plugs/gosund-ep2.yaml", problems);
  EXPECT_EQ(problems.render(), "");
  ASSERT_TRUE(is_old_template(json::parse(plug.template_old_json)));
  EXPECT_EQ(as_new_template(json::parse(plug.template_old_json)), json::parse(plug.template_json));
  EXPECT_EQ(plug.chip, "ESP8285");
  EXPECT_EQ(plug.flash_bytes, 0x100000U);
  // Constants measured on plugs of this class, and the firmware's own defaults.
  struct Known {
    int voltage, current, power;
  };
  for (const auto& known : {Known{1581, 3555, 10085}, Known{1589, 3900, 10446},
                            Known{1580, 3554, 10080}, Known{1950, 3500, 12530}}) {
    EXPECT_TRUE(plug.voltage_cal.holds(known.voltage));
    EXPECT_TRUE(plug.current_cal.holds(known.current));
    EXPECT_TRUE(plug.power_cal.holds(known.power));
  }
  // A plug whose chip is declared as the other type lies outside.
  EXPECT_FALSE(plug.power_cal.holds(10085 / 7.3));
  EXPECT_FALSE(plug.voltage_cal.holds(1581 / 2.7));
  EXPECT_TRUE(plug.consistency.holds(12530.0 / (1950.0 * 3500)));
  EXPECT_TRUE(plug.consistency.holds(10085.0 / (1581.0 * 3555)));
  // The data sheet's gains, which no measured plug shows.
  EXPECT_FALSE(plug.consistency.holds(10446.0 / (1589.0 * 3900)));
  EXPECT_FALSE(plug.consistency.holds(10085.0 / (1581.0 * 3555) * 1.10));
  EXPECT_FALSE(plug.consistency.holds((10085 / 7.3) / ((1581 / 2.7) * (3555 / 1.4))));
}

}  // namespace
}  // namespace plugrig::steps
