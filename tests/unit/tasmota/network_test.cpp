#include "drivers/tasmota/network.hpp"

#include <gmock/gmock.h>

#include "fake_http.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;
using test::FakeHttp;
using test::WebPlug;
using testing::HasSubstr;

constexpr const char* kMac = "48:55:19:18:3C:31";
constexpr const char* kOtherMac = "48:55:19:18:3C:32";

class Network : public testing::Test {
 protected:
  Network() { seat_->enter(); }

  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }
  FoundPlug find(const PlugClues& clues, const std::string& password = "", Duration time = 20s) {
    return network_.find(clues, password, within(time));
  }
  Fault fault_of(const PlugClues& clues, const std::string& password = "") {
    try {
      ADD_FAILURE() << "found " << find(clues, password).address;
    } catch (const Fault& fault) {
      return fault;
    }
    return {"none", Blame::software, "No fault.", "None."};
  }

  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  FakeHttp http_{*clock_};
  TasmotaNetwork network_{http_, *clock_, {.port = 8080}};
};

TEST_F(Network, FindsThePlugAtTheAddressItSaid) {
  http_.servers["10.0.0.7"] = WebPlug{.mac = kMac};
  const FoundPlug found = find({.mac = kMac, .address = "10.0.0.7", .host_name = ""});
  EXPECT_EQ(found.address, "10.0.0.7");
  EXPECT_EQ(found.mac, kMac);
  EXPECT_EQ(found.host_name, "tasmota-183C31-7217");
  EXPECT_EQ(found.found_by, "console");
  EXPECT_EQ(network_.found().address, "10.0.0.7");
  EXPECT_EQ(http_.ports.back(), 8080);
  EXPECT_TRUE(network_.plug().command("Status", "", within(5s)).contains("Status"));
  EXPECT_EQ(network_.plug().transport(), "http");
}

TEST_F(Network, PredictsTheHostNameFromTheMac) {
  http_.names["tasmota-183C31-7217"] = "10.0.0.8";
  http_.servers["10.0.0.8"] = WebPlug{.mac = kMac};
  EXPECT_EQ(find({.mac = "485519183c31", .address = "", .host_name = ""}).found_by, "host name");
}

TEST_F(Network, AKnownHostNameGoesBeforeThePrediction) {
  http_.names["kitchen"] = "10.0.0.9";
  http_.servers["10.0.0.9"] = WebPlug{.mac = kMac};
  EXPECT_EQ(find({.mac = kMac, .address = "", .host_name = "kitchen"}).address, "10.0.0.9");
  EXPECT_EQ(http_.asked_names, std::vector<std::string>{"kitchen"});
}

TEST_F(Network, LooksIntoTheNeighbourTable) {
  http_.neighbours[kMac] = "10.0.0.10";
  http_.servers["10.0.0.10"] = WebPlug{.mac = kMac};
  EXPECT_EQ(find({.mac = kMac, .address = "", .host_name = ""}).found_by, "neighbour table");
}

TEST_F(Network, WaitsForAPlugThatJoinsLate) {
  const Instant begin = clock_->now();
  http_.servers["10.0.0.7"] = [&](const std::string& target) {
    if (clock_->now() - begin < 6s) return HttpReply{200, "{}"};
    return WebPlug{.mac = kMac}(target);
  };
  EXPECT_EQ(find({.mac = kMac, .address = "10.0.0.7", .host_name = ""}).mac, kMac);
}

TEST_F(Network, AnotherPlugAtTheAddressIsNeverTaken) {
  http_.servers["10.0.0.7"] = WebPlug{.mac = kOtherMac};
  http_.names["tasmota-183C31-7217"] = "10.0.0.8";
  http_.servers["10.0.0.8"] = WebPlug{.mac = kMac};
  EXPECT_EQ(find({.mac = kMac, .address = "10.0.0.7", .host_name = ""}).address, "10.0.0.8");

  http_.servers["10.0.0.8"] = WebPlug{.mac = kOtherMac};
  const Fault fault = fault_of({.mac = kMac, .address = "10.0.0.7", .host_name = ""});
  EXPECT_EQ(fault.id(), "plug.wrong_mac");
  EXPECT_EQ(fault.blame(), Blame::fixture);
  EXPECT_THAT(fault.evidence().front().text, HasSubstr(kOtherMac));
  EXPECT_THROW(network_.plug(), Fault) << "an earlier find does not count";
}

TEST_F(Network, APlugWithoutAMacIsNotOurs) {
  http_.servers["10.0.0.7"] = [](const std::string&) {
    return HttpReply{200, R"({"StatusNET":{"Mac":17}})"};
  };
  EXPECT_EQ(fault_of({.mac = kMac, .address = "10.0.0.7", .host_name = ""}).id(), "plug.wrong_mac");
}

TEST_F(Network, NobodyThereIsAFaultAtTheDeadline) {
  const Instant begin = clock_->now();
  const Fault fault = fault_of({.mac = kMac, .address = "10.0.0.7", .host_name = ""});
  EXPECT_EQ(fault.id(), "plug.not_found");
  EXPECT_EQ(fault.blame(), Blame::unit);
  EXPECT_EQ(clock_->now() - begin, 20s);
  EXPECT_THAT(fault.evidence().front().text, HasSubstr("console: 10.0.0.7"));
}

TEST_F(Network, AWrongPasswordIsAFaultOfItsOwn) {
  http_.servers["10.0.0.7"] = WebPlug{.mac = kMac, .password = "right"};
  const PlugClues clues{.mac = kMac, .address = "10.0.0.7", .host_name = ""};
  EXPECT_EQ(fault_of(clues, "wrong").id(), "plug.unauthorised");
  EXPECT_EQ(fault_of(clues).id(), "plug.unauthorised");
  EXPECT_EQ(find(clues, "right").mac, kMac);
  EXPECT_EQ(network_.status_without_password(within(5s)), 401);
}

TEST_F(Network, WithoutAMacNothingIsFound) {
  EXPECT_EQ(fault_of({.mac = "", .address = "10.0.0.7", .host_name = ""}).id(), "plug.mac_unknown");
  EXPECT_EQ(fault_of({.mac = "x", .address = "10.0.0.7", .host_name = ""}).blame(), Blame::config);
}

TEST_F(Network, BeforeAFindThereIsNoPlug) {
  try {
    network_.plug();
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "plug.not_joined");
    EXPECT_EQ(fault.blame(), Blame::config);
  }
  EXPECT_THROW(network_.status_without_password(within(1s)), Fault);
}

TEST_F(Network, Stops) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(
      network_.find({.mac = kMac, .address = "", .host_name = ""}, "", {.stop = stop.get_token()}),
      Stopped);
}

}  // namespace
}  // namespace plugrig::tasmota
