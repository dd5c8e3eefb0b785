#include "tests/usb_runs/usb_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "fixtures/twin/image_maker.hpp"
#include "rig/cli/commands/command.hpp"

namespace plugrig::test {
namespace {

namespace fs = std::filesystem;

const fs::path source{PLUGRIG_SOURCE_DIR};

bench::BenchSpec read(const fs::path& file) {
  Problems problems;
  auto bench = bench::load_bench(file, source / "fixtures", problems);
  if (problems.any_error()) throw std::runtime_error(problems.render());
  return bench;
}

std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_object()) lines.push_back(std::move(parsed));
  }
  return lines;
}

/// A text of each step's end that has one.
std::vector<std::string> texts_of_ended_steps(const UsbResult& result, const std::string& slot,
                                              const std::string& key) {
  std::vector<std::string> texts;
  for (const auto& event : result.events)
    if (event.value("slot", "") == slot && event.value("event", "") == "step_ended" &&
        event.contains(key))
      texts.push_back(event.value(key, ""));
  return texts;
}

bool in_slot(const nlohmann::json& event, const std::string& slot) {
  return event.value("slot", "") == slot;
}

}  // namespace

std::string UsbResult::verdict(const std::string& slot) const {
  std::string verdict;
  for (const auto& event : events)
    if (in_slot(event, slot) && event.value("event", "") == "unit_ended")
      verdict = event.value("verdict", "");
  return verdict;
}

std::vector<std::string> UsbResult::faults(const std::string& slot) const {
  return texts_of_ended_steps(*this, slot, "fault_id");
}

std::vector<std::string> UsbResult::blames(const std::string& slot) const {
  return texts_of_ended_steps(*this, slot, "blame");
}

std::string UsbResult::told() const {
  std::string text = fmt::format("exit code {}\n{}\n", code, err);
  for (const auto& event : events) text += event.dump() + "\n";
  return text;
}

UsbRun::UsbRun(const std::string& name, const fs::path& bench)
    : folder_(fs::temp_directory_path() / fmt::format("plugrig-usb-{}-{}", name, ::getpid())),
      bench_file_(bench),
      image_(twin::make_image({})) {
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  std::ofstream(folder_ / "firmware.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(image_.data()),
             static_cast<std::streamsize>(image_.size()));
  std::ofstream(folder_ / "secrets.yaml")
      << "wifi_password: correct horse\nweb_password: battery staple\n";
  fs::permissions(folder_ / "secrets.yaml", fs::perms::owner_read | fs::perms::owner_write);
  emulated_ = std::make_unique<EmulatedBench>(read(bench));
}

UsbRun::~UsbRun() {
  emulated_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

UsbResult UsbRun::run(const std::vector<std::string>& more, std::stop_token stop) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Console console{.out = out, .err = err, .stop = std::move(stop)};
  ++runs_;
  std::vector<std::string> arguments{
      "run",       (source / "sequences" / "gosund-ep2.yaml").string(),
      "--bench",   bench_file_.string(),
      "--set",     "firmware=" + (folder_ / "firmware.bin").string(),
      "--set",     "wifi_ssid=bench",
      "--secrets", (folder_ / "secrets.yaml").string(),
      "--store",   (folder_ / fmt::format("records-{}.sqlite", runs_)).string(),
      "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  UsbResult result;
  result.code = cli::run_program(arguments, console);
  result.events = lines_of(out.str());
  result.err = err.str();
  return result;
}

bool UsbRun::holds_image(const std::string& slot) {
  const std::scoped_lock lock(bench().twin().lock());
  const auto flash = bench().twin().slot(slot).flash();
  // The flash mode byte of the header is set for the wiring of the chip.
  constexpr std::size_t header = 8;
  return flash.size() >= image_.size() &&
         std::equal(image_.begin() + header, image_.end(), flash.begin() + header);
}

bool long_tests() { return std::getenv("PLUGRIG_LONG") != nullptr; }

}  // namespace plugrig::test
