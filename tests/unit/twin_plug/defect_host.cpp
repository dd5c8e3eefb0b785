#include "tests/unit/twin_plug/defect_host.hpp"

namespace plugrig::twin::test {

Duration time_to(const std::string& text, PlugHost& host) {
  const Duration start = host.slot.now();
  std::string said;
  while (host.slot.now() < start + 60s) {
    host.pass(10ms);
    said += host.take_text();
    if (said.find(text) != std::string::npos) return host.slot.now() - start;
  }
  return Duration::max();
}

std::unique_ptr<PlugHost> metered(const std::string& defects) {
  auto host = std::make_unique<PlugHost>(plug_options(), defects);
  host->board.voltage_period = 565us;
  host->board.current_period = 2698us;
  host->board.power_period = 1373us;
  host->pass(6s);
  host->send("Backlog Template " + kEp2Template + ";Module 0;VoltRes 1;WattRes 1");
  host->pass(14s);
  return host;
}

nlohmann::json energy(PlugHost& host) {
  const std::string text = host.ask("Status 10", 500ms);
  const auto at = text.find("STATUS10 = ");
  if (at == std::string::npos) return {};
  return nlohmann::json::parse(
      text.substr(at + 11, text.find("\r\n", at) - at - 11))["StatusSNS"]["ENERGY"];
}

void load(PlugHost& host) {
  host.ask("Power ON");
  host.pass(8s);
}

std::unique_ptr<PlugHost> joined(const std::string& defects) {
  auto host = std::make_unique<PlugHost>(plug_options(), defects);
  host->pass(6s);
  host->send("Backlog Password1 correct horse;SSId1 bench");
  host->pass(25s);
  return host;
}

}  // namespace plugrig::twin::test
