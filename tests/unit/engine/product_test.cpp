#include "rig/engine/product.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "rig/engine/sequence.hpp"

namespace plugrig {
namespace {

using testing::HasSubstr;

constexpr const char* kPlug = R"(plug: lamp
title: Lamp Plug
chip: ESP8285
flash: 1 MB
metering: BL0937
ratings: {voltage: 230 V, current: 10 A, power: 2.3 kW}
template: '{"NAME":"Lamp"}'
constants:
  voltage_cal: {low: 1300, high: 2100}
  consistency: {low: 0.173 %, high: 0.191 %}
)";

class ProductFile : public testing::Test {
 protected:
  ProductFile() { std::filesystem::create_directories(folder_); }
  ~ProductFile() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  Sequence sequence(const std::string& plug, const std::string& step = "t.any: ") {
    StepType type;
    type.name = "t.any";
    type.fields = {{.name = "text", .type = FieldType::text}};
    if (registry_.find("t.any") == nullptr) registry_.add(type);
    return load_sequence(
        write("s.yaml", "sequence: s\nplug: " + plug +
                            "\nstages:\n  - stage: a\n    steps:\n      - " + step + "\n"),
        registry_, VariableValues{}, problems_, MissingValues::error, {folder_});
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("plugrig-product-" + std::to_string(getpid()));
  StepRegistry registry_;
  Problems problems_;
};

TEST_F(ProductFile, IsReadCompletely) {
  const PlugInfo plug = load_product(write("lamp.yaml", kPlug), problems_);
  EXPECT_EQ(problems_.render(), "");
  EXPECT_EQ(plug.name, "lamp");
  EXPECT_EQ(plug.title, "Lamp Plug");
  EXPECT_EQ(plug.flash_bytes, 1U << 20U);
  EXPECT_EQ(plug.rated_A, 10);
  EXPECT_EQ(plug.rated_W, 2300);
  EXPECT_EQ(plug.template_json, R"({"NAME":"Lamp"})");
  EXPECT_TRUE(plug.voltage_cal.holds(1950));
  EXPECT_FALSE(plug.voltage_cal.holds(2101));
  EXPECT_FALSE(plug.power_cal.stated());
  EXPECT_TRUE(plug.consistency.holds(0.00182));
  EXPECT_EQ(plug.sha256.size(), 64U);
}

TEST_F(ProductFile, TellsAllThatIsWrongAtOnce) {
  std::string text = kPlug;
  text.replace(text.find("plug: lamp"), 10, "plug: lamb");
  text.replace(text.find("metering"), 8, "meterin");
  text.replace(text.find("current: 10 A"), 13, "current: 10 W");
  text.replace(text.find("low: 1300"), 9, "low: 2100");
  load_product(write("lamp.yaml", text), problems_);
  const std::string told = problems_.render();
  EXPECT_THAT(told, HasSubstr("the file is called 'lamp' and its plug 'lamb'"));
  EXPECT_THAT(told, HasSubstr("did you mean 'metering'?"));
  EXPECT_THAT(told, HasSubstr("the window of 'voltage_cal' is empty"));
  EXPECT_THAT(told, HasSubstr(":6:36: error: '10 W' is a power, not a current"));
}

TEST_F(ProductFile, IsFoundByItsName) {
  write("lamp.yaml", kPlug);
  const Sequence found = sequence("lamp");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_EQ(found.plug.title, "Lamp Plug");
  EXPECT_EQ(found.sha256.size(), 64U);
}

TEST_F(ProductFile, AnUnknownNameIsAProblemWithTheNearest) {
  write("lamp.yaml", kPlug);
  sequence("lampe", "t.any: {text: '{{plug.template}}'}");
  ASSERT_EQ(problems_.all().size(), 1U) << problems_.render();
  EXPECT_EQ(problems_.all()[0].place.line, 2);
  EXPECT_THAT(problems_.render(), HasSubstr("unknown plug 'lampe'; did you mean 'lamp'?"));
}

TEST_F(ProductFile, MayBeWrittenIntoTheSequence) {
  const Sequence read = sequence("{chip: ESP8285, ratings: {current: 16 A}}");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_EQ(read.plug.rated_A, 16);
}

TEST_F(ProductFile, StepsMayUseWhatItSays) {
  write("lamp.yaml", kPlug);
  const Sequence read = sequence("lamp", "t.any: {text: '{{plug.template}}'}");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_EQ(read.variables.values.at("plug.template"), R"({"NAME":"Lamp"})");
  EXPECT_EQ(read.variables.values.at("plug.rated_current"), "10 A");
  EXPECT_FALSE(read.variables.values.contains("plug.template_old")) << "not stated";
}

TEST_F(ProductFile, WhatItDoesNotSayIsAnUnknownVariable) {
  write("lamp.yaml", kPlug);
  sequence("lamp", "t.any: {text: '{{plug.template_old}}'}");
  EXPECT_THAT(problems_.render(), HasSubstr("plug.template_old"));
}

TEST_F(ProductFile, TheShippedOnesAreRight) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PLUGRIG_SOURCE_DIR) + "/fixtures/plugs")) {
    const PlugInfo plug = load_product(entry.path(), problems_);
    EXPECT_GT(plug.rated_A, 0) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 0);
  EXPECT_EQ(problems_.render(), "");
}

}  // namespace
}  // namespace plugrig
