#include "sequences/steps/tasmota_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace plugrig::steps {
namespace {

using nlohmann::json;

constexpr std::size_t old_entries = 13;
constexpr std::size_t new_entries = 14;
constexpr int old_code_limit = 255;
/// "User": left to whoever wants the pin.
constexpr int user_code = 1;

/// Old codes `first` … `first + count − 1` become `new_first` and `step` more for each.
struct Run {
  int first, count, new_first, step;
};
constexpr std::array runs{
    // clang-format off
    Run{0, 1, 0, 0},
    Run{1, 3, 1184, 32},
    Run{4, 1, 1312, 0},
    Run{5, 2, 608, 32},
    Run{7, 1, 1376, 0},
    Run{8, 1, 1056, 0},
    Run{9, 8, 160, 1},
    Run{17, 4, 32, 1},
    Run{21, 8, 224, 1},
    Run{29, 8, 256, 1},
    Run{37, 5, 416, 1},
    Run{42, 4, 352, 1},
    Run{46, 5, 448, 1},
    Run{51, 1, 1088, 0},
    Run{52, 4, 288, 1},
    Run{56, 4, 320, 1},
    Run{60, 4, 1408, 32},
    Run{64, 2, 1600, 32},
    Run{66, 2, 768, 32},
    Run{68, 1, 992, 0},
    Run{69, 1, 1696, 0},
    Run{70, 12, 1760, 32},
    Run{82, 8, 192, 1},
    Run{90, 4, 64, 1},
    Run{94, 4, 384, 1},
    Run{98, 2, 1536, 32},
    Run{100, 1, 2144, 0},
    Run{101, 1, 1728, 0},
    Run{102, 3, 2176, 32},
    Run{105, 2, 1120, 32},
    Run{107, 4, 2272, 32},
    Run{111, 5, 832, 32},
    Run{116, 6, 2400, 32},
    Run{122, 4, 96, 1},
    Run{126, 4, 128, 1},
    Run{130, 18, 2592, 32},
    Run{148, 4, 3200, 32},
    Run{152, 2, 3265, 32},
    Run{154, 3, 3392, 32},
    Run{157, 2, 544, 32},
    Run{159, 1, 3168, 0},
    Run{160, 2, 480, 32},
    Run{162, 1, 1024, 0},
    Run{163, 11, 3488, 32},
    Run{174, 2, 3809, 1},
    Run{176, 16, 3904, 32},
    Run{192, 1, 1344, 0},
    Run{193, 1, 1280, 0},
    Run{194, 9, 4416, 32},
    Run{203, 1, 1664, 0},
    Run{204, 3, 5312, 32},
    Run{207, 3, 5440, 32},
    Run{210, 7, 5632, 32},
    // clang-format on
};

int new_code(int old) {
  for (const auto& run : runs)
    if (old >= run.first && old < run.first + run.count)
      return run.new_first + (old - run.first) * run.step;
  return user_code;
}

/// The ADC's function, from the low four bits of the old FLAG.
int adc_code(int flag) {
  constexpr int first_function = 4704;
  constexpr int last_function = 7;
  const int n = static_cast<int>(static_cast<unsigned>(flag) & 0xFU);
  if (n == 0) return 0;
  return n <= last_function ? first_function + 32 * (n - 1) : user_code;
}

bool is_code(const json& value) {
  constexpr int highest_code = 0xFFFF;
  return value.is_number_integer() && value >= 0 && value <= highest_code;
}

bool all_codes(const json& gpio, std::size_t entries) {
  return gpio.is_array() && gpio.size() == entries && std::ranges::all_of(gpio, is_code);
}

bool has_number(const json& value, const char* name) {
  return value.contains(name) && value[name].is_number_integer();
}

bool has_frame(const json& value) {
  return value.is_object() && value.contains("NAME") && value["NAME"].is_string() &&
         has_number(value, "FLAG") && has_number(value, "BASE") && value.contains("GPIO");
}

}  // namespace

bool is_old_template(const json& value) {
  return has_frame(value) && all_codes(value["GPIO"], old_entries) &&
         std::ranges::all_of(value["GPIO"],
                             [](const auto& v) { return v.template get<int>() <= old_code_limit; });
}

std::optional<json> as_new_template(const json& value) {
  if (has_frame(value) && all_codes(value["GPIO"], new_entries)) return value;
  if (!is_old_template(value)) return std::nullopt;
  auto gpio = json::array();
  for (const auto& code : value["GPIO"]) gpio.push_back(new_code(code.get<int>()));
  gpio.push_back(adc_code(value["FLAG"].get<int>()));
  auto converted = value;
  converted["GPIO"] = std::move(gpio);
  converted["FLAG"] = 0;
  return converted;
}

std::string template_difference(const json& shown, const json& wanted) {
  for (const char* name : {"NAME", "GPIO", "FLAG", "BASE"}) {
    const auto show = [name](const json& value) {
      return value.is_object() && value.contains(name) ? value[name].dump()
                                                       : std::string("nothing");
    };
    if (show(shown) != show(wanted))
      return fmt::format("{} is {} instead of {}", name, show(shown), show(wanted));
  }
  return {};
}

}  // namespace plugrig::steps
