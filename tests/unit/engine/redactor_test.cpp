#include "rig/engine/redactor.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <random>

namespace plugrig {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Redactor, TakesEveryFormOut) {
  const Redactor redactor({"pä ss/\"w\\d&\n"});
  const std::vector<std::string> forms{
      "pä ss/\"w\\d&\n",                       // as it is
      "p%C3%A4%20ss%2F%22w%5Cd%26%0A",         // URL
      "p%c3%a4%20ss%2f%22w%5cd%26%0a",         // URL, lower case
      "p%C3%A4+ss%2F%22w%5Cd%26%0A",           // form
      "pä ss/\\\"w\\\\d&\\n",                  // JSON
      "pä ss\\/\\\"w\\\\d&\\n",                // JSON, escaped slash
      "p\\u00e4 ss/\\\"w\\\\d&\\n",            // JSON, ASCII
      "p\\u00E4 ss/\\\"w\\\\d&\\n",            // JSON, ASCII in upper case
      "p%C3%A4%20ss%2F%5C%22w%5C%5Cd%26%5Cn",  // JSON in a URL
  };
  for (const std::string& form : forms) {
    EXPECT_EQ(redactor.clean("<" + form + "|" + form + ">"), "<[secret]|[secret]>") << form;
  }
}

TEST(Redactor, KnowsWhatBrowsersLeaveUnescaped) {
  EXPECT_EQ(Redactor({"it's (a) secret!"}).clean("p=it's%20(a)%20secret!&x"), "p=[secret]&x");
  EXPECT_EQ(Redactor({"it's (a) secret!"}).clean("it%27s%20%28a%29%20secret%21"), "[secret]");
}

TEST(Redactor, KnowsWhatABacklogMakesOfIt) {
  const Redactor redactor({"open; sesame 5;now"});
  EXPECT_EQ(redactor.clean("Password1 open\\; sesame 5\\;now"), "Password1 [secret]");
  EXPECT_EQ(redactor.clean("CMD: Backlog Password1 open; sesame 5;now"),
            "CMD: Backlog Password1 [secret]");
  EXPECT_EQ(redactor.clean(R"({"Password1":"open"})"), R"({"Password1":"[secret]"})");
  EXPECT_EQ(redactor.clean(R"({"Command":"Unknown","Input":"SESAME 5"})"),
            R"({"Command":"Unknown","Input":"[secret]"})");
}

TEST(Redactor, EscapesCharactersBeyondTheFirstPlane) {
  EXPECT_EQ(Redactor({"a\xF0\x9F\x94\x92"}).clean("x a\\ud83d\\udd12 y"), "x [secret] y");
}

TEST(Redactor, TakesTheLongestSecretFirst) {
  EXPECT_EQ(Redactor({"abcd", "abcdef"}).clean("abcdef abcd"), "[secret] [secret]");
}

TEST(Redactor, LeavesOtherTextAlone) {
  EXPECT_EQ(Redactor({"abcd"}).clean("abc d ABCD"), "abc d ABCD");
  EXPECT_EQ(Redactor({""}).clean("text"), "text");
  EXPECT_EQ(Redactor().clean("text"), "text");
}

TEST(Redactor, ShortSecretsCountOnlyWhenTheyStandAlone) {
  const Redactor redactor({"ab", "7"});
  EXPECT_EQ(redactor.clean("ab"), "[secret]");
  EXPECT_EQ(redactor.clean(R"({"Password1":"ab"})"), R"({"Password1":"[secret]"})");
  EXPECT_EQ(redactor.clean("about a cab and 17 tables, 7 chairs"),
            "about a cab and 17 tables, [secret] chairs");
}

TEST(Redactor, ACutFormCountsFromSixteenBytes) {
  const std::string secret = "a passphrase of thirty-two bytes";
  const Redactor redactor({secret});
  for (std::size_t length = 16; length < secret.size(); ++length) {
    EXPECT_EQ(redactor.clean("PASSWORD1 " + secret.substr(0, length) + "\"}"),
              "PASSWORD1 [secret]\"}")
        << length;
  }
  EXPECT_EQ(redactor.clean("a passphrase"), "a passphrase");
}

TEST(Redactor, SurvivesBrokenUtf8) {
  const Redactor redactor({"abcx\xC3", "ab\xF0\x9F"});
  EXPECT_EQ(redactor.clean("abcx\xC3!"), "[secret]!");
}

TEST(StreamRedactor, HoldsBackOnlyWhatCouldBeASecret) {
  const Redactor redactor({"hunter2"});
  StreamRedactor stream(redactor);
  EXPECT_EQ(stream.feed("the hun"), "the ");
  EXPECT_EQ(stream.feed("t and hunt"), "hunt and ");
  EXPECT_EQ(stream.feed("er2!"), "[secret]!");
  EXPECT_EQ(stream.feed("hunter"), "");
  EXPECT_EQ(stream.flush(), "hunter");
  EXPECT_EQ(stream.flush(), "");
}

TEST(StreamRedactor, AShortSecretWaitsForWhatFollows) {
  const Redactor redactor({"ab"});
  StreamRedactor stream(redactor);
  EXPECT_EQ(stream.feed("ab"), "");
  EXPECT_EQ(stream.feed("c ab"), "abc ");
  EXPECT_EQ(stream.flush(), "[secret]");
  EXPECT_EQ(stream.feed("x"), "x");
  EXPECT_EQ(stream.feed("ab "), "ab ") << "a letter stood before it, in the piece before";
}

/// Random secrets in random dress, in a transcript that is cut anywhere.
class Leaks : public testing::TestWithParam<int> {
 protected:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string secret() {
    // Letters that occur nowhere else in the transcript, so that any trace of one is a leak.
    static const std::vector<std::string> pieces{
        "Q", "Z", "X", "\"", "\\", "ä", "%", ";", " ", "/", "'", "&", "€", "\xF0\x9F\x94\x92"};
    std::string out = "Q";
    const std::size_t length = 6 + below(30);
    for (std::size_t i = 0; i < length; ++i) out += pieces[below(pieces.size())];
    return out + "Z";
  }

  static std::string url(const std::string& text, const char* form) {
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      out += plain ? std::string(1, c)
                   : fmt::format(fmt::runtime(form), static_cast<unsigned char>(c));
    }
    return out;
  }

  std::string dressed(const std::string& secret) {
    const std::string json = nlohmann::json(secret).dump();
    const std::string ascii = nlohmann::json(secret).dump(-1, ' ', true);
    switch (below(7)) {
      case 0:
        return "CMD: Password1 " + secret;
      case 1:
        return "RSL: RESULT = {\"Password1\":" + json + "}";
      case 2:
        return "{\"p\":" + ascii + "}";
      case 3:
        return "GET /cm?cmnd=Password1%20" + url(secret, "%{:02X}");
      case 4:
        return "get /cm?cmnd=" + url(secret, "%{:02x}");
      case 5:
        return "/x?" + url(json.substr(1, json.size() - 2), "%{:02X}");
      default: {
        std::string escaped;
        for (const char c : secret) escaped += c == ';' ? std::string("\\;") : std::string(1, c);
        return "Backlog a;Password1 " + escaped;
      }
    }
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(Leaks, NoCutOfATranscriptShowsASecret) {
  std::vector<std::string> secrets;
  for (std::size_t i = 0; i < 1 + below(3); ++i) secrets.push_back(secret());
  const Redactor redactor(secrets);
  std::string text;
  for (int line = 0; line < 20; ++line) {
    text += "00:00:41.207 ";
    text += below(3) == 0 ? std::string("wif: connected") : dressed(secrets[below(secrets.size())]);
    text += "\r\n";
  }
  const std::string whole = redactor.clean(text);
  for (int cut = 0; cut < 20; ++cut) {
    StreamRedactor stream(redactor);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = std::min(text.size() - at, 1 + below(cut == 0 ? 1 : 40));
      out += stream.feed(std::string_view(text).substr(at, length));
      at += length;
    }
    out += stream.flush();
    ASSERT_EQ(out, whole) << "the cut made a difference";
  }
  EXPECT_THAT(whole, HasSubstr("[secret]"));
  for (const char trace : {'Q', 'Z', 'X'}) {
    EXPECT_EQ(whole.find(trace), std::string::npos) << whole;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Leaks, testing::Range(1, 61));

}  // namespace
}  // namespace plugrig
