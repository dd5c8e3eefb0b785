#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/steps/plug_bench.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;

class TasmotaSteps : public PlugBench {
 protected:
  TasmotaSteps() {
    product.template_old_json =
        R"({"NAME":"Gosund EP2","GPIO":[56,255,158,255,132,134,0,0,131,17,0,21,0],"FLAG":0,"BASE":45})";
    product.template_json =
        R"({"NAME":"Gosund EP2","GPIO":[320,1,576,1,2656,2720,0,0,2624,32,0,224,0,0],"FLAG":0,"BASE":45})";
  }

  [[nodiscard]] bool received(const std::string& command) const {
    return std::find(plug.received.begin(), plug.received.end(), command) != plug.received.end();
  }
};

TEST_F(TasmotaSteps, TheProductsTemplateIsSentInItsOldFormAndShownInItsNewOne) {
  EXPECT_EQ(run("tasmota.template"), "");
  EXPECT_EQ(plug.running_template["GPIO"][0], 320);
  EXPECT_EQ(plug.restarts_seen, 0);
}

TEST_F(TasmotaSteps, ATemplateThatWasNotTakenIsFoundByReadingBack) {
  plug.running_template = nlohmann::json::parse(product.template_json);
  plug.running_template["GPIO"][11] = 0;
  plug.deaf = {"template"};
  EXPECT_EQ(run("tasmota.template"), "plug.template/unit");
}

TEST_F(TasmotaSteps, ATemplateOfAPlugThatRunsItsTemplateWaitsForTheRestart) {
  plug.settings["module"] = "0";
  EXPECT_EQ(run("tasmota.template"), "");
  EXPECT_EQ(plug.restarts_seen, 1);
}

TEST_F(TasmotaSteps, WithoutATemplateTheStepSaysSo) {
  product = {};
  EXPECT_EQ(run("tasmota.template"), "tasmota.no_template/config");
  EXPECT_EQ(run("tasmota.template", R"({json: '{"NAME":"X"}'})"), "tasmota.template/config");
}

TEST_F(TasmotaSteps, TheModuleIsCheckedAfterItsRestart) {
  ASSERT_EQ(run("tasmota.template"), "");
  EXPECT_EQ(run("tasmota.module"), "");
  EXPECT_EQ(plug.settings["module"], "0");
  EXPECT_EQ(plug.restarts_seen, 1);
}

TEST_F(TasmotaSteps, ARestartComesOnlyAfterTenSecondsOfUptime) {
  ASSERT_EQ(run("tasmota.template"), "");
  const auto booted = clock().now() - plug.uptime();
  ASSERT_EQ(run("tasmota.module"), "");
  EXPECT_GE(clock().now() - plug.uptime() - booted, seconds{10});
}

TEST_F(TasmotaSteps, AModuleThatWasNotTakenOrDoesNotRestartIsAFault) {
  plug.deaf = {"module"};
  EXPECT_EQ(run("tasmota.module"), "plug.module/unit");
  plug.deaf = {};
  plug.restarts = false;
  EXPECT_EQ(run("tasmota.module"), "plug.no_restart/unit");
}

TEST_F(TasmotaSteps, WithoutAMeteringDriverTheTemplateIsWrong) {
  ASSERT_EQ(run("tasmota.template"), "");
  plug.metering = false;
  EXPECT_EQ(run("tasmota.module"), "plug.metering_inactive/config");
}

TEST_F(TasmotaSteps, TheJoinOnTheConsoleProvesNetworkAndPassword) {
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"), "");
  EXPECT_EQ(facts["address"], "10.0.0.7");
  EXPECT_EQ(facts["host_name"], "tasmota-1");
  EXPECT_EQ(plug.restarts_seen, 1);
  EXPECT_TRUE(received("Backlog Password3 correct horse; SSId1 bench"));
}

TEST_F(TasmotaSteps, ASemicolonInThePasswordIsNoEndOfIt) {
  plug.wifi_password_on_air = "one;two;three";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: 'one;two;three'}"), "");
  EXPECT_EQ(plug.restarts_seen, 1);
}

TEST_F(TasmotaSteps, WhyAPlugDidNotJoinIsTold) {
  EXPECT_EQ(run("tasmota.wifi", "{ssid: nowhere, password: correct horse}"),
            "plug.wifi.no_network/config");
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: wrong horse}"),
            "plug.wifi.password/config");
  plug.join_failure = "Connect failed as no IP address received";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"),
            "plug.wifi.no_address/host");
  plug.join_failure = "Connect failed with AP timeout";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"),
            "plug.wifi.timeout/host");
  plug.join_failure = "thinking";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"), "plug.wifi.silent/unit");
}

TEST_F(TasmotaSteps, ItsOwnAccessPointIsNoJoin) {
  plug.deaf = {"ssid1"};
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"), "plug.wifi.silent/unit");
}

TEST_F(TasmotaSteps, AnotherPlugOnTheConsoleIsFound) {
  plug.mac = "A4:CF:12:00:00:02";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"),
            "plug.wrong_mac/fixture");
}

TEST_F(TasmotaSteps, CredentialsThatTheFirmwareWouldNotTakeAreRefusedBeforehand) {
  for (const auto* params :
       {"{ssid: '1', password: correct horse}", "{ssid: bench, password: short}",
        "{ssid: bench, password: ' leading blank'}",
        "{ssid: 'an ssid that is far longer than 32 chars'}",
        "{ssid: 'café', password: correct horse}"})
    EXPECT_EQ(run("tasmota.wifi", params), "tasmota.value/config") << params;
  EXPECT_TRUE(plug.received.empty());
}

TEST_F(TasmotaSteps, ASecretIsRegisteredAndLeavesNoTrace) {
  const std::string secret = "MARK-5up3r-\"secret\"/&";
  plug.wifi_password_on_air = "another";
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench, password: 'MARK-5up3r-\"secret\"/&'}"),
            "plug.wifi.password/config");
  EXPECT_EQ(last->secrets.front(), secret);
  EXPECT_NE(plug.transcript.find(secret), std::string::npos) << "the console did not see it";
  EXPECT_EQ(all_traces().find("MARK-5up3r"), std::string::npos) << all_traces();
}

TEST_F(TasmotaSteps, APieceOfALongSecretIsASecretToo) {
  const std::string secret = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopq";
  plug.wifi_password_on_air = secret;
  ASSERT_EQ(run("tasmota.wifi", "{ssid: bench, password: '" + secret + "'}"), "");
  // {"Command":"Unknown","Input":"PASSWORD3 …"} would show 63 characters.
  EXPECT_EQ(last->secrets.at(1), secret.substr(0, 53));
}

TEST_F(TasmotaSteps, AWebPasswordIsProvenOverTheNetworkWhenThePlugIsThere) {
  ASSERT_EQ(run("tasmota.wifi", "{ssid: bench, password: correct horse}"), "");
  EXPECT_EQ(run("tasmota.password", "{web: MARK-web}"), "");
  EXPECT_EQ(facts["web_password"], "proven");
  EXPECT_EQ(all_traces().find("MARK-web"), std::string::npos);
}

TEST_F(TasmotaSteps, AWebPasswordIsLeftToBeProvenWhenThereIsNoNetworkYet) {
  with_network = false;
  EXPECT_EQ(run("tasmota.password", "{web: MARK-web}"), "");
  EXPECT_EQ(facts["web_password"], "set");
  EXPECT_EQ(plug.web_password, "MARK-web");
}

TEST_F(TasmotaSteps, APasswordThatDoesNothingIsFound) {
  facts["address"] = plug.address;
  plug.deaf = {"webpassword2"};
  EXPECT_EQ(run("tasmota.password", "{web: MARK-web}"), "plug.password_open/unit");
  EXPECT_EQ(run("tasmota.password"), "tasmota.value/config");
  EXPECT_EQ(run("tasmota.password", "{web: '1'}"), "tasmota.value/config");
}

TEST_F(TasmotaSteps, MqttSettingsMakeOneRestart) {
  EXPECT_EQ(run("tasmota.mqtt", "{host: broker, user: rig, password: MARK-mqtt, topic: lamp}"), "");
  EXPECT_EQ(plug.restarts_seen, 1);
  EXPECT_EQ(plug.settings["mqtthost"], "broker");
  EXPECT_EQ(plug.settings["topic"], "lamp");
  EXPECT_EQ(all_traces().find("MARK-mqtt"), std::string::npos);
  plug.deaf = {"mqtthost"};
  EXPECT_EQ(run("tasmota.mqtt", "{host: other}"), "plug.setting/unit");
  EXPECT_EQ(run("tasmota.mqtt", "{host: 'a; Reset 1'}"), "tasmota.value/config");
}

TEST_F(TasmotaSteps, AnAnswerIsNoProofOfASetting) {
  EXPECT_EQ(run("tasmota.setting", "{name: VoltRes, value: 1}"), "");
  EXPECT_EQ(plug.settings["voltres"], "1");
  EXPECT_EQ(run("tasmota.setting", "{name: SetOption65, value: 1}"), "");
  EXPECT_EQ(run("tasmota.setting", "{name: WifiConfig, value: 2}"), "");
  plug.deaf = {"wattres"};
  EXPECT_EQ(run("tasmota.setting", "{name: WattRes, value: 1}"), "plug.setting/unit");
}

TEST_F(TasmotaSteps, WhatTheFirmwareWouldTakeForSomethingElseIsNotSent) {
  EXPECT_EQ(run("tasmota.setting", "{name: TelePeriod, value: '0300'}"), "tasmota.value/config");
  EXPECT_EQ(run("tasmota.setting", "{name: DeviceName, value: '1'}"), "tasmota.value/config");
  EXPECT_EQ(run("tasmota.setting", "{name: Teleperiods, value: 300}"), "tasmota.value/config");
  EXPECT_EQ(last_fault->next(), "Did you mean 'TelePeriod'?");
  EXPECT_TRUE(plug.received.empty());
}

TEST_F(TasmotaSteps, ASettingIsInFlashBeforeTheStepEnds) {
  const auto before = clock().now();
  ASSERT_EQ(run("tasmota.setting", "{name: VoltRes, value: 1, saved: false}"), "");
  EXPECT_LT(clock().now() - before, seconds{1});
  ASSERT_EQ(run("tasmota.setting", "{name: VoltRes, value: 2}"), "");
  EXPECT_GE(clock().now() - before, seconds{3});
}

TEST_F(TasmotaSteps, ATemporarySettingKeepsTheFirstValueForItsOwner) {
  ASSERT_EQ(run("tasmota.setting", "{name: SetOption65, value: 1, temporary: true}"), "");
  EXPECT_EQ(facts["restore.SetOption65"], "0");
  ASSERT_EQ(run("tasmota.setting", "{name: SetOption65, value: 1, temporary: true}"), "");
  EXPECT_EQ(facts["restore.SetOption65"], "0") << "a retry must not take the new value for the old";
}

TEST_F(TasmotaSteps, ASettingThatRestartsNeedsTheConsole) {
  EXPECT_EQ(run("tasmota.setting", "{name: Topic, value: lamp}"), "");
  EXPECT_EQ(plug.restarts_seen, 1);
  with_console = false;
  network.find({}, "", {});
  EXPECT_EQ(run("tasmota.setting", "{name: VoltRes, value: 1}"), "") << "the network will do";
  EXPECT_EQ(run("tasmota.setting", "{name: Topic, value: lamp}"), "slot.no_console/config");
}

TEST_F(TasmotaSteps, AWaitThatProtectsIsNotCutShort) {
  last = context_for("tasmota.setting", "{name: VoltRes, value: 1}");
  last->set_deadline({clock().now() + seconds{2}, {}});
  std::string id;
  try {
    make_registry().find("tasmota.setting")->run(*last);
  } catch (const Fault& fault) {
    id = fault.id();
  }
  EXPECT_EQ(id, "step.no_time");
}

TEST_F(TasmotaSteps, ARawCommandIsComparedWithWhatIsExpected) {
  EXPECT_EQ(run("tasmota.command",
                R"({command: Status 5, expect: '{"StatusNET":{"Mac":"A4:CF:12:00:00:01"}}'})"),
            "");
  EXPECT_EQ(run("tasmota.command", R"({command: Status 5, expect: '{"StatusNET":{"Mac":"1"}}'})"),
            "plug.answer/unit");
  EXPECT_EQ(run("tasmota.command", "{command: Password1 hello-there}"), "tasmota.value/config");
  EXPECT_EQ(run("tasmota.command", "{command: webPASSWORD hello}"), "tasmota.value/config");
}

TEST_F(TasmotaSteps, WithoutAConsoleTheSlotSaysSo) {
  with_console = false;
  for (const auto* step : {"tasmota.template", "tasmota.module", "tasmota.mqtt"})
    EXPECT_EQ(run(step, std::string_view(step) == "tasmota.mqtt" ? "{host: x}" : ""),
              "slot.no_console/config");
  EXPECT_EQ(run("tasmota.wifi", "{ssid: bench}"), "slot.no_console/config");
}

TEST_F(TasmotaSteps, BootWaitTellsDefaultsFromAFormerOwnersSettings) {
  EXPECT_EQ(run("boot.wait", "{expect_defaults: true}"), "");
  EXPECT_TRUE(console.restarted);
  auto context = context_for("boot.wait", "{expect_defaults: true}");
  context->flasher.boot_console = "CFG: Loaded from flash at F9, Count 12\n";
  context->flasher.boot_banner =
      "00:00:00.087 Project tasmota - Tasmota Version 15.2.0(release-tasmota)-2_7_8(2025-01-01)";
  try {
    make_registry().find("boot.wait")->run(*context);
    ADD_FAILURE() << "passed";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "boot.old_settings");
  }
  EXPECT_EQ(context->known["firmware_version"], "15.2.0(release-tasmota)");
}

}  // namespace
}  // namespace plugrig::steps
