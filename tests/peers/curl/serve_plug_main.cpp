// One simulated plug with firmware, joined to the network, served with all of its bench. Prints
// "http URL" and serves until its stdin ends.
#include <iostream>
#include <string>
#include <thread>

#include "fixtures/twin/net/twin_servers.hpp"
#include "tests/unit/twin_net/joined_bench.hpp"

int main() {
  using namespace plugrig;
  const auto spec = twin::served_bench("");
  twin::TwinBench bench(spec, 1);
  twin::LaterClock clock(twin::join_network(bench));
  twin::TwinServers servers(bench, spec, clock);
  const std::jthread serving([&](const std::stop_token& stop) { servers.run(stop); });
  for (const auto& part : servers.parts())
    if (part.kind == twin::ServedPart::Kind::http)
      std::cout << "http " << part.address << std::endl;
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
}
