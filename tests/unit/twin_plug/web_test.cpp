#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fixtures/twin/tasmota/plug.hpp"
#include "tests/unit/twin_plug/plug_host.hpp"

// The plug's web server. Source: Tasmota notes, HTTP.

namespace plugrig::twin::test {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

class Web : public testing::Test {
 protected:
  void start(const TwinSlotOptions& options = plug_options()) {
    host.emplace(options);
    host->pass(3s);
    host->send("Backlog Password1 correct horse;SSId1 bench");
    host->pass(12s);
    ASSERT_TRUE(host->slot.on_network());
    host->take_text();
  }
  std::string body(const std::string& target) {
    const auto reply = host->get(target);
    return reply ? reply->body : "(none)";
  }
  std::optional<PlugHost> host;
};

TEST_F(Web, CommandAndItsAnswer) {
  start();
  const auto reply = host->get("/cm?cmnd=VoltRes%201");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->content_type, "application/json");
  EXPECT_TRUE(reply->chunked);
  EXPECT_EQ(reply->body, R"({"VoltRes":1})");
  EXPECT_THAT(reply->headers, Contains(Pair("Server", "Tasmota/15.2.0 (ESP8285N08)")));
  EXPECT_THAT(reply->headers, Contains(Pair("Cache-Control", HasSubstr("no-cache"))));
  EXPECT_EQ(host->result("VoltRes"), R"({"VoltRes":1})");
}

TEST_F(Web, PlainTextLinesDoNotAppear) {
  start();
  EXPECT_EQ(body("/cm?cmnd=Power+ON"), R"({"POWER":"ON"})");
}

TEST_F(Web, PostWithAForm) {
  start();
  PlugHttpRequest form;
  form.method = "POST";
  form.target = "/cm";
  form.body = "cmnd=DeviceName%20a%26b%20%2B%20c";
  EXPECT_EQ(host->request(form)->body, R"({"DeviceName":"a&b + c"})");
}

TEST_F(Web, UnknownIsStillTwoHundred) {
  start();
  const auto reply = host->get("/cm?cmnd=NoSuch%201");
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, R"({"Command":"Unknown","Input":"NOSUCH 1"})");
}

TEST_F(Web, MissingEmptyAndTooLongCommand) {
  start();
  const std::string warning = R"({"WARNING":"Enter command cmnd="})";
  EXPECT_EQ(body("/cm"), warning);
  EXPECT_EQ(body("/cm?cmnd="), warning);
  EXPECT_EQ(body("/cm?cmnd=" + std::string(1200, 'x')), warning);
  EXPECT_THAT(body("/cm?cmnd=" + std::string(1199, 'x')), HasSubstr("Unknown"));
}

TEST_F(Web, BacklogAnswersNothingAndRunsLater) {
  start();
  EXPECT_EQ(body("/cm?cmnd=Backlog%20VoltRes%202%3BAmpRes%201"), "{}");
  host->pass(1s);
  EXPECT_EQ(body("/cm?cmnd=AmpRes"), R"({"AmpRes":1})");
}

TEST_F(Web, SeveralMessagesBecomeMembersOfOneObject) {
  start();
  const json all = json::parse(body("/cm?cmnd=Status%200"), nullptr, false);
  // The log ring holds 4096 bytes: what was said first may be gone.
  EXPECT_TRUE(all.contains("StatusSTS"));
  const json one = json::parse(body("/cm?cmnd=Status%205"));
  EXPECT_EQ(one["StatusNET"]["Mac"], host->slot.mac());
  EXPECT_EQ(one["StatusNET"]["IPAddress"], "192.168.7.31");
}

TEST_F(Web, Passwords) {
  start();
  ASSERT_EQ(host->result("WebPassword gate:7 key"), R"({"WebPassword":"gate:7 key"})");
  const std::string refused = R"({"WARNING":"Need user=<username>&password=<password>"})";
  const auto none = host->get("/cm?cmnd=Power");
  EXPECT_EQ(none->status, 401);
  EXPECT_EQ(none->body, refused);
  EXPECT_EQ(host->get("/cm?cmnd=Power&user=admin&password=wrong")->status, 401);
  EXPECT_EQ(host->get("/cm?cmnd=Power&user=root&password=gate%3A7%20key")->status, 401);
  EXPECT_EQ(body("/cm?cmnd=Power&user=admin&password=gate%3A7%20key"), R"({"POWER":"OFF"})");
  EXPECT_EQ(body("/cm?user=admin&password=gate%3A7+key&cmnd=Power"), R"({"POWER":"OFF"})");
  // base64 of "admin:gate:7 key"
  EXPECT_EQ(host->get("/cm?cmnd=Power", "Basic YWRtaW46Z2F0ZTo3IGtleQ==")->status, 200);
  EXPECT_EQ(host->get("/cm?cmnd=Power", "Basic YWRtaW46Z2F0ZTo3IGtleg==")->status, 401);
  host->ask("WebPassword 0");
  EXPECT_EQ(host->get("/cm?cmnd=Power")->status, 200);
}

TEST_F(Web, AlwaysRefusedFault) {
  TwinSlotOptions options = plug_options();
  options.plug.http_401 = true;
  start(options);
  EXPECT_EQ(host->get("/cm?cmnd=Power")->status, 401);
}

TEST_F(Web, HttpApiOff) {
  start();
  host->ask("SetOption128 0");
  EXPECT_EQ(host->get("/cm?cmnd=Power")->status, 401);
}

TEST_F(Web, NoAnswerFault) {
  TwinSlotOptions options = plug_options();
  PlugHost provisioned(options);
  provisioned.pass(3s);
  provisioned.send("Backlog Password1 correct horse;SSId1 bench");
  provisioned.pass(8s);
  options.plug.no_answer = true;
  PlugHost mute(options);
  mute.slot.load_flash(0, provisioned.slot.flash());
  mute.pass(8s);
  ASSERT_TRUE(mute.slot.on_network());
  EXPECT_FALSE(mute.get("/cm?cmnd=Power"));
}

TEST_F(Web, LatencyIsThatOfAPlug) {
  start();
  Duration longest{}, shortest = 10s;
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t number = host->slot.http_begin(request_for("/cm?cmnd=VoltRes"));
    const Duration begin = host->slot.now();
    while (!host->slot.http_take(number)) host->pass(1ms);
    longest = std::max(longest, host->slot.now() - begin);
    shortest = std::min(shortest, host->slot.now() - begin);
  }
  EXPECT_GE(shortest, 20ms);
  EXPECT_LE(longest, 170ms);
  EXPECT_GT(longest - shortest, 40ms);
}

TEST_F(Web, OneAtATime) {
  start();
  const std::uint64_t first = host->slot.http_begin(request_for("/cm?cmnd=VoltRes%201"));
  const std::uint64_t second = host->slot.http_begin(request_for("/cm?cmnd=VoltRes"));
  host->pass(15ms);
  bool first_came = false;
  for (int i = 0; i < 1000; ++i) {
    host->pass(1ms);
    if (host->slot.http_take(first)) first_came = true;
    if (const auto reply = host->slot.http_take(second)) {
      EXPECT_TRUE(first_came);
      EXPECT_EQ(reply->body, R"({"VoltRes":1})");
      return;
    }
  }
  FAIL() << "no answer";
}

TEST(WebSoonAfterBoot, EmptyObjectUntilThreeSecondsOfUptime) {
  // The radio needs longer than that, so the rule is tried at the server itself.
  PlugPorts ports;
  tasmota::Plug plug(ports, {}, tasmota::Settings::defaults(), tasmota::StartReason::power_on, 0s);
  plug.init_pins(0s);
  const PlugHttpRequest request = request_for("/cm?cmnd=VoltRes%201");
  std::vector<std::string> bodies;
  for (int second = 0; second < 4; ++second) {
    plug.pass(std::chrono::seconds{second});
    bodies.push_back(plug.answer_web(request).body);
  }
  EXPECT_THAT(bodies, testing::ElementsAre("{}", "{}", R"({"VoltRes":1})", R"({"VoltRes":1})"));
}

TEST_F(Web, OlderVersionsRefuseWithTwoHundred) {
  start();
  host->ask("WebPassword gate", 3s);
  host->slot.load_flash(0, make_image({.version = "14.2.0", .size_bytes = kSmallImage}));
  host->power_cycle();
  host->pass(9s);
  const auto reply = host->get("/cm?cmnd=Power");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_THAT(reply->body, HasSubstr("WARNING"));
}

TEST_F(Web, OddTargetsAreAnswered) {
  start();
  for (const char* bad : {"/cm?cmnd", "/cm?&&=%", "/cm?cmnd=%zz", "/cm?cmnd=%", "/x", "", "?"}) {
    const auto reply = host->get(bad);
    ASSERT_TRUE(reply) << bad;
    EXPECT_FALSE(reply->body.empty()) << bad;
  }
}

TEST_F(Web, ConsoleShowsWhatTheWebDid) {
  start();
  body("/cm?cmnd=Power%20ON");
  host->pass(50ms);
  EXPECT_THAT(host->take_text(), HasSubstr("RSL: POWER = ON\r\n"));
}

}  // namespace
}  // namespace plugrig::twin::test
