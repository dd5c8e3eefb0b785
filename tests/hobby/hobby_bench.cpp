#include "tests/hobby/hobby_bench.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace plugrig {
namespace {

const std::filesystem::path source{PLUGRIG_SOURCE_DIR};

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::vector<std::uint8_t> small_image() {
  twin::ImageOptions options;
  options.size_bytes = twin::kSmallImage;
  return twin::make_image(options);
}

}  // namespace

std::string hobby_bench(const std::string& world) {
  auto text = text_of(source / "fixtures" / "hobby.yaml");
  const std::string adapter = "uart: {tty: /dev/ttyUSB0}";
  const auto at = text.find(adapter);
  if (at == std::string::npos) throw std::logic_error("the hobby bench has another adapter");
  text.replace(at, adapter.size(),
               "uart: {twin: true}\n    twin: {seed: 21, flash: gd25q80, address: 127.0.1.1}");
  return text + world;
}

HobbyRun::HobbyRun(const std::string& name) : folder("hobby-" + name) {
  const auto firmware = folder.file("firmware.bin", small_image());
  run.sequence_file = (source / "sequences" / "hobby-ep2.yaml").string();
  run.bench_file = folder.file("hobby.yaml", hobby_bench());
  run.store_file = folder.path() / "records.sqlite";
  run.variables = {{{"firmware", firmware}, {"wifi_ssid", "bench"}},
                   [](const std::string& secret, const std::string&) -> std::optional<std::string> {
                     if (secret == "wifi_password") return "correct horse";
                     if (secret == "web_password") return "open sesame";
                     return std::nullopt;
                   }};
  run.attended = true;
  run.build.person = &late;
  run.at_bench = [this](twin::TwinBench& bench, Clock& clock) {
    person.sit_down(clock, bench, kHobbySlot);
  };
}

SimulatedResult HobbyRun::go() { return run_simulated(run); }

std::vector<AttemptRecord> attempts_of(const UnitRecord& unit, const std::string& step) {
  std::vector<AttemptRecord> found;
  for (const auto& attempt : unit.attempts)
    if (attempt.step == step) found.push_back(attempt);
  return found;
}

}  // namespace plugrig
