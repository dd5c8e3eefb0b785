// Writing an image with the rest erased, on the simulated plug.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sequences/steps/library.hpp"
#include "tests/bench/simulated_unit.hpp"
#include "tests/unit/steps/fake_context.hpp"

namespace plugrig {
namespace {

class WriteWhole : public ::testing::Test {
 protected:
  WriteWhole() {
    image_ = std::filesystem::temp_directory_path() /
             (std::string("plugrig-whole-") +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".bin");
  }
  ~WriteWhole() override { std::filesystem::remove(image_); }

  static std::vector<std::uint8_t> image_of(std::uint64_t seed) {
    return twin::make_image({.seed = seed, .size_bytes = 5 * twin::kSmallImage - 0x330});
  }
  static std::vector<std::uint8_t> whole(std::vector<std::uint8_t> image) {
    image.resize(0x100000, 0xFF);
    return image;
  }

  /// Runs flash.write; how long it took.
  Duration write(const std::vector<std::uint8_t>& image, const std::string& more) {
    std::ofstream(image_, std::ios::binary)
        .write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
    const auto* type = registry_.find("flash.write");
    FakeContext context(*type, "{image: '" + image_.string() + "', mode: dout" + more + "}");
    EXPECT_EQ(context.problems_text, "");
    context.devices().flasher = &unit.flasher();
    const auto began = unit.slot().now();
    type->run(context);
    return unit.slot().now() - began;
  }

  test::SimulatedUnit unit{{}};

 private:
  StepRegistry registry_ = steps::make_registry();
  std::filesystem::path image_;
};

TEST_F(WriteWhole, LeavesWhatErasingAndWritingLeaves) {
  const auto image = image_of(1);
  write(image, ", rest: erased");
  EXPECT_TRUE(unit.slot().flash() == whole(image)) << "nothing of the vendor's is left";
  // What a run leaves: settings, and a damaged byte of the program.
  unit.slot().load_flash(0xF3000, std::vector<std::uint8_t>(0x2000, 0x5A));
  unit.slot().load_flash(0xFD010, {0});
  unit.slot().load_flash(0x4321, {static_cast<std::uint8_t>(image[0x4321] ^ 8)});
  // The last sector of the image holds other bytes behind its end.
  unit.slot().load_flash(static_cast<std::uint32_t>(image.size()), {1, 2, 3});
  write(image, ", rest: erased");
  EXPECT_TRUE(unit.slot().flash() == whole(image));
}

TEST_F(WriteWhole, IsFasterThanErasingAndWriting) {
  const auto image = image_of(1), other = image_of(2);
  const auto clean = [&](const std::vector<std::uint8_t>& next) {
    const auto began = unit.slot().now();
    unit.flasher().erase_chip({}, unit.within(std::chrono::minutes{1}));
    write(next, "");
    return unit.slot().now() - began;
  };
  const Duration before = clean(image);
  EXPECT_LT(write(image, ", rest: erased"), before / 3) << "nothing to do";
  EXPECT_LT(write(other, ", rest: erased"), before) << "another image";
  EXPECT_TRUE(unit.slot().flash() == whole(other));
}

TEST_F(WriteWhole, KeepsTheRestUnlessToldOtherwise) {
  const auto before = unit.slot().flash();
  const auto image = image_of(1);
  write(image, "");
  const auto now = unit.slot().flash();
  EXPECT_TRUE(std::equal(before.begin() + 0xF3000, before.end(), now.begin() + 0xF3000));
}

}  // namespace
}  // namespace plugrig
