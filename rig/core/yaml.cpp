#include "rig/core/yaml.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "rig/core/yaml_builder.hpp"
#include "rig/core/yaml_text.hpp"

namespace plugrig::yaml {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Hears of a second document and of nothing else.
class SecondDocument : public YAML::EventHandler {
 public:
  [[nodiscard]] bool found() const { return place_.line > 0; }
  [[nodiscard]] SourcePlace place() const { return place_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    place_ = {mark.line + 1, mark.column + 1};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}

 private:
  SourcePlace place_;
};

/// What stopped the reading, if anything did.
struct Stop {
  SourcePlace place;  ///< line 0 = read to the end
  SyntaxMessage why;
};

Stop read_documents(const std::string& text, const LineTable& lines, TreeBuilder& tree,
                    SecondDocument& second) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(tree)) parser.HandleNextDocument(second);
  } catch (const TreeBuilder::Halt& halt) {
    return {halt.place, halt.why};
  } catch (const YAML::Exception& problem) {
    if (second.found()) return {};  // what is behind the first document is refused as a whole
    const SourcePlace place = lines.clamp({problem.mark.line + 1, problem.mark.column + 1});
    const bool unclosed = problem.msg.find("flow not found") != std::string::npos;
    const SourcePlace bracket = unclosed ? tree.open_bracket() : SourcePlace{};
    return {bracket.line > 0 ? bracket : place, explain_syntax(problem.msg)};
  }
  return {};
}

/// The library takes a line that does not fit the block above it for a new document: only behind
/// "---" or "..." it is one.
bool is_marked(const LineTable& lines, SourcePlace place) {
  const SourcePlace before = lines.last_before(place);
  return lines.rest(place).starts_with("---") || lines.line(before.line).starts_with("...");
}

/// A syntax error behind a tab is its consequence: only the tabs are told then.
void report_stop(const std::string& file, const Stop& stop, const std::vector<SourcePlace>& tabs,
                 Problems& problems) {
  const bool tab_before = std::ranges::any_of(
      tabs, [&](const SourcePlace& tab) { return tab.line <= stop.place.line; });
  if (stop.place.line > 0 && !tab_before) {
    problems.error(file, stop.place, stop.why.message, stop.why.hint);
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, &Entry::key);
  return entry == entries.end() ? nullptr : &entry->value;
}

Document parse(std::string file, std::string text, Problems& problems) {
  // Columns count from behind the mark, as editors show them.
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  Document document{std::move(file), {}};
  problems.add_source(document.file, text);
  if (!check_bytes(document.file, text, problems)) return document;

  const LineTable lines(text);
  TreeBuilder tree(document.file, lines, problems);
  SecondDocument second;
  Stop stop = read_documents(text, lines, tree, second);
  if (second.found() && !is_marked(lines, second.place())) {
    const Kind kind = tree.root().kind;
    stop = {
        lines.clamp(second.place()),
        explain_syntax(kind == Kind::list ? "end of sequence not found" : "end of map not found")};
  }

  std::vector<SourcePlace> tabs = indentation_tabs(lines);
  std::erase_if(tabs, [&](const SourcePlace& tab) { return tree.in_block_scalar(tab.line); });
  for (const SourcePlace& tab : tabs) {
    problems.error(document.file, tab, "tab in the indentation", "use blanks");
  }
  report_stop(document.file, stop, tabs, problems);
  if (second.found() && stop.place.line == 0) {
    problems.error(document.file, lines.clamp(second.place()), "a second document in the same file",
                   "one file, one document");
  }
  if (stop.place.line > 0) return document;
  document.root = tree.take_root();
  if (document.root.place.line == 0) document.root.place = {1, 1};  // an empty text
  return document;
}

Document load(const std::filesystem::path& path, Problems& problems) {
  const std::string file = path.string();
  const auto refuse = [&](const std::string& why) {
    problems.error(file, {}, "cannot read the file: " + why);
    return Document{file, {}};
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return refuse("it is a directory");
  if (!std::filesystem::exists(status)) return refuse("it does not exist");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return refuse(std::generic_category().message(errno));
  // One byte above the limit is enough for `parse` to refuse the text.
  std::string text((std::size_t{1} << 20U) + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return refuse("input error");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse(file, std::move(text), problems);
}

}  // namespace plugrig::yaml
