#include "drivers/serial/ftdi/udev.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "drivers/serial/ftdi/sysfs.hpp"
#include "tests/unit/ftdi/temp_folder.hpp"

namespace plugrig::ftdi {
namespace {

using test::TempFolder;

bool covered(const std::string& rules, std::uint16_t product) {
  const TempFolder folder;
  folder.write("70-some.rules", rules);
  return udev_rule_covering(product, {folder.path()}).has_value();
}

TEST(UdevRule, TheOneThatIsProposedCovers) {
  for (const int product : {0x6001, 0x6010, 0x6011, 0x6014, 0x6015}) {
    const auto number = static_cast<std::uint16_t>(product);
    EXPECT_TRUE(covered(udev_rule_for(number) + "\n", number));
    EXPECT_TRUE(covered(udev_rule_for(number), number)) << "no line end";
    EXPECT_FALSE(covered(udev_rule_for(number) + "\n", 0x6048));
  }
}

TEST(UdevRule, TheShippedFileCoversAllChips) {
  std::ifstream file(PLUGRIG_SOURCE_DIR "/drivers/serial/ftdi/70-plugrig-ftdi.rules");
  std::stringstream rules;
  rules << file.rdbuf();
  for (const int product : {0x6001, 0x6010, 0x6011, 0x6014, 0x6015}) {
    EXPECT_TRUE(covered(rules.str(), static_cast<std::uint16_t>(product))) << std::hex << product;
  }
}

TEST(UdevRule, OtherPeoplesWaysOfWritingCount) {
  EXPECT_TRUE(
      covered("ATTRS{idVendor}==\"0403\", ATTRS{idProduct}==\"6010\", MODE=\"666\"\n", 0x6010));
  EXPECT_TRUE(covered("ATTR{idVendor}==\"0403\", GROUP=\"dialout\"\n", 0x6011));
  EXPECT_TRUE(covered(
      "ATTR{idVendor}==\"0403\", ATTR{idProduct}==\"6010|6011\", TAG+=\"uaccess\"\n", 0x6011));
  EXPECT_TRUE(
      covered("ATTR{idVendor}==\"0403\", ATTR{idProduct}==\"60??\", MODE:=\"0666\"\n", 0x6014));
  EXPECT_TRUE(covered("ATTR{idVendor}==\"0403\", \\\n  MODE=\"0666\"\n", 0x6014)) << "joined lines";
}

TEST(UdevRule, WhatDoesNotHelpDoesNotCount) {
  EXPECT_FALSE(covered("", 0x6010));
  EXPECT_FALSE(covered("# ATTR{idVendor}==\"0403\", MODE=\"0666\"\n", 0x6010)) << "a comment";
  EXPECT_FALSE(covered("ATTR{idVendor}==\"0404\", MODE=\"0666\"\n", 0x6010));
  EXPECT_FALSE(covered("ATTR{idVendor}==\"0403\", SYMLINK+=\"quad\"\n", 0x6010)) << "a name only";
  EXPECT_FALSE(covered("SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"0403\", MODE=\"0666\"\n", 0x6010));
  EXPECT_FALSE(udev_rule_covering(0x6010, {"/nowhere/at/all"}).has_value());
}

TEST(UdevRule, AnEarlierFolderReplacesTheFile) {
  const TempFolder etc, lib;
  lib.write("70-some.rules", udev_rule_for(0x6010));
  EXPECT_EQ(udev_rule_covering(0x6010, {etc.path(), lib.path()}), lib.path() / "70-some.rules");
  etc.write("70-some.rules", "# switched off by the administrator\n");
  EXPECT_EQ(udev_rule_covering(0x6010, {etc.path(), lib.path()}), std::nullopt);
}

TEST(Sysfs, TellsNamesDriverAndTty) {
  const TempFolder devices;
  devices.write("1-4.2/serial", "FT7XK2A1\n");
  devices.write("1-4.2:1.0/ttyUSB3/port_number", "0\n");
  std::filesystem::create_directory_symlink("../../drivers/ftdi_sio",
                                            devices.path() / "1-4.2:1.0/driver");
  const Sysfs sysfs(devices.path());
  EXPECT_EQ(sysfs.attribute("1-4.2", "serial"), "FT7XK2A1");
  EXPECT_EQ(sysfs.driver("1-4.2", 0), "ftdi_sio");
  EXPECT_EQ(sysfs.tty("1-4.2", 0), "/dev/ttyUSB3");
}

TEST(Sysfs, IsEmptyWhereThereIsNothing) {
  const TempFolder devices;
  const Sysfs sysfs(devices.path());
  EXPECT_EQ(sysfs.attribute("1-4.2", "serial"), "");
  EXPECT_EQ(sysfs.driver("1-4.2", 0), "");
  EXPECT_EQ(sysfs.tty("1-4.2", 0), "");
}

}  // namespace
}  // namespace plugrig::ftdi
