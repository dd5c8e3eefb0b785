#include "rig/engine/variable_sources.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "rig/engine/sequence.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// A file of secrets with the given permissions.
class SecretsFile : public testing::Test {
 protected:
  VariableValues load(const std::string& text, fs::perms permissions = owner_only) {
    std::ofstream(path_) << text;
    fs::permissions(path_, permissions);
    return load_secrets_file(path_, problems_);
  }
  void TearDown() override { fs::remove(path_); }

  static constexpr fs::perms owner_only = fs::perms::owner_read | fs::perms::owner_write;
  fs::path path_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  Problems problems_;
};

TEST_F(SecretsFile, IsAMapOfNamesAndTexts) {
  const VariableValues values = load("wifi_password: 'correct; horse'\nweb_password: 12345\n");
  EXPECT_FALSE(problems_.any_error()) << problems_.render();
  EXPECT_EQ(values.at("wifi_password"), "correct; horse");
  EXPECT_EQ(values.at("web_password"), "12345");
}

TEST_F(SecretsFile, MustBelongToItsOwnerAlone) {
  for (const fs::perms more :
       {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
    problems_ = {};
    EXPECT_TRUE(load("wifi_password: hunter2\n", owner_only | more).empty());
    EXPECT_THAT(problems_.render(), HasSubstr("chmod 600"));
    EXPECT_THAT(problems_.render(), Not(HasSubstr("hunter2")));
  }
}

TEST_F(SecretsFile, WhatIsWrongWithItIsToldWithoutWhatStandsThere) {
  for (const char* text :
       {"wifi_password: [hunter2]\n", "wifi_password: \"hunter2\n", "hunter2\n", "- hunter2\n",
        "a: hunter2\na: hunter2\n", "a: &x hunter2\n", "a: hunter2: hunter2\n", "\thunter2: x\n"}) {
    problems_ = {};
    load(text);
    EXPECT_TRUE(problems_.any_error()) << text;
    EXPECT_THAT(problems_.render(), HasSubstr(":1:")) << text;
    EXPECT_THAT(problems_.render(), Not(HasSubstr("hunter2"))) << text;
  }
}

TEST_F(SecretsFile, ThatIsNotThereIsAProblem) {
  EXPECT_TRUE(load_secrets_file("/no/such/file", problems_).empty());
  EXPECT_TRUE(problems_.any_error());
}

TEST(SecretPlaces, AreAskedInOrder) {
  int prompts = 0;
  const SecretLookup look_up =
      look_up_secrets({.environment = [](const std::string& name) -> std::optional<std::string> {
                         if (name == "PLUGRIG_SECRET_WIFI_PASSWORD") return "from environment";
                         return std::nullopt;
                       },
                       .file = {{"wifi_password", "from file"}, {"web_password", "from file"}},
                       .prompt =
                           [&](const std::string& name, const std::string& help) {
                             ++prompts;
                             return std::optional(name + ": " + help);
                           }});
  EXPECT_EQ(look_up("wifi_password", ""), "from environment");
  EXPECT_EQ(look_up("web_password", ""), "from file");
  EXPECT_EQ(prompts, 0);
  EXPECT_EQ(look_up("mqtt_password", "of the broker"), "mqtt_password: of the broker");
  EXPECT_FALSE(look_up_secrets({})("any", ""));
}

/// A sequence with a secret, read with sources.
class SecretVariables : public testing::Test {
 protected:
  SecretVariables() {
    registry_.add({.name = "t.use",
                   .fields = {{.name = "text", .type = FieldType::text},
                              {.name = "within", .type = FieldType::duration}},
                   .run = {}});
  }
  Sequence read(const std::string& variables, const VariableSources& sources,
                const std::string& params = "{text: '{{pass}}'}",
                MissingValues missing = MissingValues::error) {
    problems_ = {};
    const std::string text = "sequence: s\nvariables:\n" + variables +
                             "stages:\n  - stage: a\n    steps:\n      - t.use: " + params + "\n";
    return read_sequence(yaml::parse("s.yaml", text, problems_), registry_, sources, problems_,
                         missing);
  }
  static SecretLookup knows(const std::string& value) {
    return [value](const std::string&, const std::string&) { return std::optional(value); };
  }

  StepRegistry registry_;
  Problems problems_;
};

constexpr const char* kPass = "  pass: {type: secret, help: of the access point}\n";

TEST_F(SecretVariables, ComeFromTheLookUp) {
  std::string asked;
  const Sequence sequence = read(kPass, {{}, [&](const std::string& name, const std::string& help) {
                                           asked = name + ", " + help;
                                           return std::optional<std::string>("hunter2 {{ x }}");
                                         }});
  EXPECT_FALSE(problems_.any_error()) << problems_.render();
  EXPECT_EQ(asked, "pass, of the access point");
  EXPECT_EQ(sequence.variables.values.at("pass"), "hunter2 {{ x }}") << "taken as it is";
  EXPECT_EQ(sequence.secrets, std::vector<std::string>{"hunter2 {{ x }}"});
}

TEST_F(SecretVariables, NeverComeFromTheCommandLine) {
  read(kPass, {{{"pass", "hunter2"}}});
  EXPECT_THAT(problems_.render(), HasSubstr("PLUGRIG_SECRET_PASS"));
  EXPECT_THAT(problems_.render(), HasSubstr("--secrets"));
  EXPECT_THAT(problems_.render(), Not(HasSubstr("hunter2")));
  read(kPass, {{{"pass", "hunter2"}}, knows("other one")});
  EXPECT_TRUE(problems_.any_error()) << "even when it is not needed";
}

TEST_F(SecretVariables, MayNotStandInTheFile) {
  for (const char* text :
       {"hunter2", "'hunter2'", "\"hunter2\"", "\"hun\\\"ter2\"", "'hun''ter2'"}) {
    read(fmt::format("  pass: {{type: secret, default: {}, nonsense: 1}}\n", text),
         {{}, knows("other one")});
    const std::string shown = problems_.render();
    EXPECT_THAT(shown, HasSubstr("s.yaml:3:")) << text;
    EXPECT_THAT(shown, HasSubstr("stands in the file")) << text;
    EXPECT_THAT(shown, HasSubstr("nonsense")) << "the same line has another problem";
    EXPECT_THAT(shown, HasSubstr("[secret]")) << text;
    EXPECT_THAT(shown, Not(HasSubstr("ter2"))) << text;
  }
}

TEST_F(SecretVariables, AreNotQuotedByWhoeverDoesNotUnderstandThem) {
  read(kPass, {{}, knows("hunter2")}, "{within: '{{pass}}'}");
  EXPECT_TRUE(problems_.any_error());
  EXPECT_THAT(problems_.render(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(problems_.render(), HasSubstr("[secret]"));
}

TEST_F(SecretVariables, WithoutAValueSayWhereToPutIt) {
  read(kPass, {});
  EXPECT_THAT(problems_.render(), HasSubstr("secret 'pass' has no value"));
  EXPECT_THAT(problems_.render(), HasSubstr("PLUGRIG_SECRET_PASS"));
}

TEST_F(SecretVariables, AreNotAskedForWhenAFileIsOnlyChecked) {
  read(kPass,
       {{},
        [](const std::string&, const std::string&) -> std::optional<std::string> {
          ADD_FAILURE() << "asked";
          return std::nullopt;
        }},
       "{text: '{{pass}}'}", MissingValues::allowed);
  EXPECT_FALSE(problems_.any_error()) << problems_.render();
}

TEST_F(SecretVariables, MayBeEmptyButNotShort) {
  EXPECT_TRUE(read(kPass, {{}, knows("")}).secrets.empty());
  EXPECT_FALSE(problems_.any_error()) << "empty = no password";
  read(kPass, {{}, knows("abc")});
  EXPECT_TRUE(problems_.any_error());
  EXPECT_THAT(problems_.render(), Not(HasSubstr("abc")));
}

}  // namespace
}  // namespace plugrig
