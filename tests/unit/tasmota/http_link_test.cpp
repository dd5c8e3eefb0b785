#include "drivers/tasmota/http_link.hpp"

#include <gmock/gmock.h>

#include "drivers/tasmota/http_answer.hpp"
#include "fake_http.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeHttp;
using test::query_value;
using testing::HasSubstr;
using testing::Not;

class Http : public testing::Test {
 protected:
  Http() { seat_->enter(); }

  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }
  HttpLink link(const std::string& password = "") {
    return {http_, *clock_, {"10.0.0.7", 8080, password}};
  }
  json ask(const std::string& name, const std::string& argument = "", Duration time = 30s) {
    HttpLink asked = link();
    return asked.command(name, argument, within(time));
  }
  Fault fault_of(HttpLink asked, const std::string& name, Duration time = 30s) {
    try {
      const json answer = asked.command(name, "", within(time));
      ADD_FAILURE() << name << " answered " << answer;
    } catch (const Fault& fault) {
      return fault;
    }
    return {"none", Blame::software, "No fault.", "None."};
  }
  /// The plug answers these bodies in turn, the last for ever.
  void replies(std::vector<HttpReply> list) {
    http_.servers["10.0.0.7"] = [this, list](const std::string&) {
      return list.at(std::min(http_.targets.size(), list.size()) - 1);
    };
  }

  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  FakeHttp http_{*clock_};
};

TEST_F(Http, AsksAndPicks) {
  replies({{200, R"({"POWER":"ON","VoltageCal":1950,"StatusSNS":{}})"}});
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_EQ(http_.targets.back(), "/cm?cmnd=VoltageCal");
  EXPECT_EQ(http_.ports.back(), 8080);
}

TEST_F(Http, TheNewestOfRepeatedKeysCounts) {
  replies({{200, R"({"POWER":"OFF","POWER":"ON"})"}});
  EXPECT_EQ(ask("Power"), json({{"POWER", "ON"}}));
}

TEST_F(Http, EveryByteIsEscaped) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string target = command_target("X " + all, all);
  EXPECT_EQ(query_value(target, "cmnd"), "X " + all);
  EXPECT_EQ(query_value(target, "password"), all);
  EXPECT_EQ(query_value(target, "user"), "admin");
  for (const char c : target) {
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                std::string_view("/?=&%-._~").find(c) != std::string_view::npos)
        << static_cast<int>(c);
  }
}

TEST_F(Http, PasswordsAreSentAndNotKept) {
  http_.servers["10.0.0.7"] = test::WebPlug{.mac = "48:55:19:18:3C:31", .password = "s%e c;ret"};
  HttpLink asked = link("s%e c;ret");
  EXPECT_TRUE(asked.command("Status", "5", within(5s)).contains("StatusNET"));
  EXPECT_THAT(asked.transcript(), Not(HasSubstr("c;ret")));
  EXPECT_THAT(asked.transcript(), Not(HasSubstr("c%3Bret")));
}

TEST_F(Http, WrongPasswordsAreKnownByCodeOrBody) {
  for (const bool old : {false, true}) {
    http_.servers["10.0.0.7"] =
        test::WebPlug{.mac = "48:55:19:18:3C:31", .password = "right", .old_refusal = old};
    const Fault wrong = fault_of(link("wrong"), "Status");
    EXPECT_EQ(wrong.id(), "plug.unauthorised");
    EXPECT_EQ(wrong.blame(), Blame::config);
    EXPECT_EQ(fault_of(link(), "Status").id(), "plug.unauthorised");
    HttpLink right = link("right");
    EXPECT_EQ(right.status_without_password(within(5s)), 401);
    EXPECT_TRUE(right.command("Status", "", within(5s)).contains("Status"));
  }
}

TEST_F(Http, AnOpenPlugSaysSo) {
  http_.servers["10.0.0.7"] = test::WebPlug{.mac = "48:55:19:18:3C:31"};
  HttpLink asked = link("set but not enforced");
  EXPECT_EQ(asked.status_without_password(within(5s)), 200);
  EXPECT_THAT(http_.targets.back(), Not(HasSubstr("password")));
}

TEST_F(Http, NothingAfterABootIsAskedAgainUntilTheDeadline) {
  const Instant boot = clock_->now();
  http_.servers["10.0.0.7"] = [this, boot](const std::string&) {
    const bool young = clock_->now() - boot < 3s;
    return HttpReply{200, young ? "{}" : R"({"VoltageCal":1950})"};
  };
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  EXPECT_GE(clock_->now() - boot, 3s);
  EXPECT_LT(clock_->now() - boot, 4s);
  replies({{200, "{}"}});
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of(link(), "EnergyConfig", 7s).id(), "plug.silent");
  EXPECT_EQ(clock_->now() - begin, 7s);
}

TEST_F(Http, ABacklogAnswersNothing) {
  replies({{200, "{}"}});
  EXPECT_EQ(ask("Backlog", "VoltRes 1;WattRes 1"), json::object());
  EXPECT_EQ(http_.targets.size(), 1U);
  EXPECT_EQ(query_value(http_.targets.back(), "cmnd"), "Backlog VoltRes 1;WattRes 1");
}

TEST_F(Http, CutAnswersAreAskedForAgain) {
  replies({{200, R"({"VoltageCal":19)"}, {200, ""}, {200, R"({"VoltageCal":1950})"}});
  EXPECT_EQ(ask("VoltageCal"), json({{"VoltageCal", 1950}}));
  ASSERT_EQ(http_.times.size(), 3U);
  EXPECT_GE(http_.times[1] - http_.times[0], 1700ms);
  EXPECT_GE(http_.times[2] - http_.times[1], 1700ms);
}

TEST_F(Http, WhatStaysGarbledIsAFault) {
  const std::vector<HttpReply> bodies{{200, R"({"VoltageCal":19)"},
                                      {200, "<html>"},
                                      {200, "[1]"},
                                      {302, ""},
                                      {500, R"({"VoltageCal":1950})"},
                                      {200, R"({"WARNING":"Enter command cmnd="})"},
                                      {200, std::string(70'000, '[')},
                                      {200, "{\"VoltageCal\":\"\xFF\"}"}};
  for (const HttpReply& reply : bodies) {
    http_.targets.clear();
    replies({reply});
    const Fault fault = fault_of(link(), "VoltageCal");
    EXPECT_EQ(fault.id(), "plug.garbled") << reply.status << reply.body.substr(0, 40);
    EXPECT_EQ(fault.blame(), Blame::contact);
    EXPECT_EQ(http_.targets.size(), 3U);
  }
}

TEST_F(Http, AnAnswerToSomethingElseIsNoAnswer) {
  replies({{200, R"({"CurrentCal":3500})"}});
  EXPECT_EQ(fault_of(link(), "VoltageCal").id(), "plug.silent");
}

TEST_F(Http, RefusalsAreFaultsOfTheUnit) {
  replies({{200, R"({"Command":"Unknown","Input":"VOLTAGECAL"})"}});
  EXPECT_EQ(fault_of(link(), "VoltageCal").id(), "plug.unknown_command");
  replies({{200, R"({"Command":"Error","Input":"VOLTAGECAL"})"}});
  EXPECT_EQ(fault_of(link(), "VoltageCal").id(), "plug.command_error");
  EXPECT_EQ(http_.targets.size(), 2U) << "a refusal is an answer";
}

TEST_F(Http, AnUnreachablePlugIsTriedThreeTimes) {
  const Instant begin = clock_->now();
  const Fault fault = fault_of(link(), "VoltageCal", 60s);
  EXPECT_EQ(fault.id(), "plug.silent");
  EXPECT_EQ(http_.targets.size(), 3U);
  EXPECT_EQ(clock_->now() - begin, 3 * 4s + 2 * 1700ms);
  EXPECT_EQ(fault.evidence().back().name, "transport");
}

TEST_F(Http, NeverWaitsBeyondItsDeadline) {
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of(link(), "VoltageCal", 5s).id(), "plug.silent");
  EXPECT_EQ(clock_->now() - begin, 5s);
}

TEST_F(Http, TooLongCommandsAreNotSent) {
  replies({{200, "{}"}});
  HttpLink asked = link();
  try {
    asked.command("Backlog", std::string(1192, 'x'), within(5s));
    FAIL() << "sent";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "plug.not_sendable");
  }
  EXPECT_TRUE(http_.targets.empty());
  EXPECT_EQ(asked.command("Backlog", std::string(1191, 'x'), within(5s)), json::object());
}

TEST_F(Http, StopsBetweenTries) {
  std::stop_source stop;
  http_.servers["10.0.0.7"] = [&](const std::string&) {
    stop.request_stop();
    return HttpReply{200, "{}"};
  };
  HttpLink asked = link();
  EXPECT_THROW(asked.command("VoltageCal", "", {.stop = stop.get_token()}), Stopped);
}

}  // namespace
}  // namespace plugrig::tasmota
