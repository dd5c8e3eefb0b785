#include "rig/engine/sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/engine/redactor.hpp"
#include "rig/engine/sequence_steps.hpp"
#include "rig/engine/sequence_variables.hpp"

namespace plugrig {
namespace {

/// `plug` is a map, or the name of a product file.
std::vector<FieldSpec> file_table(FieldType plug) {
  return {
      {.name = "sequence", .type = FieldType::text, .required = true, .help = "its name"},
      {.name = "plug", .type = plug, .help = "the product it is for"},
      {.name = "variables", .type = FieldType::map, .help = "what is set when it is run"},
      {.name = "stages",
       .type = FieldType::maps,
       .required = true,
       .help = "what is done, in order"},
      {.name = "clean_up", .type = FieldType::maps, .help = "steps that run however a unit ends"},
      {.name = "clean_up_budget",
       .type = FieldType::duration,
       .fallback = "30 s",
       .help = "longest time of all clean-up steps together",
       .choices = {},
       .minimum = 0.001,
       .maximum = 3600},
  };
}

const std::vector<FieldSpec>& stage_table() {
  static const std::vector<FieldSpec> table{
      {.name = "stage", .type = FieldType::text, .required = true, .help = "its name"},
      {.name = "mains",
       .type = FieldType::choice,
       .fallback = "off",
       .help = "off: mains stays locked off for the slot while this stage runs",
       .choices = {"off", "on"}},
      {.name = "steps", .type = FieldType::maps, .required = true, .help = "its steps, in order"},
  };
  return table;
}

class SequenceReader {
 public:
  SequenceReader(yaml::Document document, const StepRegistry& registry, Problems& problems,
                 const PlugFolders& plugs)
      : document_(std::move(document)), registry_(registry), problems_(problems), plugs_(plugs) {
    result_.file = document_.file;
  }

  Sequence read(const VariableSources& values, MissingValues missing) {
    if (!is_map()) return std::move(result_);
    const SequenceVariables variables =
        read_variables(part("variables"), document_.file, values, missing, problems_);
    result_.variables = variables.values;
    result_.secrets = variables.secrets;
    written_secrets_ = variables.written_secrets;
    report_unused(variables.declared);
    mark_missing(document_.root, variables.missing);
    shown_ = variables.public_values;
    shown_.deferred_prefixes.emplace_back(kMissingPrefix);
    check_time_ = variables.values;
    check_time_.deferred_prefixes = {kMissingPrefix, "unit."};
    read_top();
    add_plug_variables();
    read_stages();
    read_clean_up();
    return std::move(result_);
  }

  /// Typed fields quote what they do not understand, and an excerpt shows a whole line.
  void hide_secrets(const std::vector<std::string>& secrets) const {
    Redactor redactor(secrets);
    for (const std::string& written : written_secrets_) redactor.add(written);
    problems_.rewrite([&](std::string_view text) { return redactor.clean(text); });
  }

 private:
  bool is_map() {
    if (document_.root.kind == yaml::Kind::map) return true;
    // A file with nothing in it because it could not be parsed has its error already.
    const auto& known = problems_.all();
    if (std::none_of(known.begin(), known.end(),
                     [&](const Problem& p) { return p.file == document_.file; })) {
      problems_.error(document_.file, {1, 1}, "this is not a sequence file",
                      "write 'sequence: NAME' and below it 'stages:'");
    }
    return false;
  }

  [[nodiscard]] const yaml::Node& part(std::string_view key) const {
    const yaml::Node* node = document_.root.find(key);
    return node == nullptr ? nothing_ : *node;
  }

  void read_top() {
    const FieldType plug =
        part("plug").kind == yaml::Kind::scalar ? FieldType::text : FieldType::map;
    const FieldValues fields = read_fields(document_.root, file_table(plug), "sequence file",
                                           document_.file, problems_, shown_);
    if (fields.has("sequence")) result_.name = fields.text("sequence");
    if (fields.has("clean_up_budget")) {
      result_.clean_up_budget = fields.duration("clean_up_budget");
    }
    if (plug == FieldType::map) {
      result_.plug = read_inline_product(part("plug"), document_.file, problems_, shown_);
    } else if (fields.has("plug")) {
      result_.plug = find_product(fields.text("plug"), plugs_, document_.file, fields.place("plug"),
                                  problems_);
    }
  }

  /// What the product file says is a value that steps may name. When there is no such file, that
  /// has been reported, and what uses it is not reported again.
  void add_plug_variables() {
    const bool unknown = part("plug").kind == yaml::Kind::scalar && result_.plug.name.empty();
    for (Variables* variables : {&check_time_, &shown_, &result_.variables}) {
      variables->values.merge(product_variables(result_.plug));
      if (unknown) variables->deferred_prefixes.emplace_back("plug.");
    }
  }

  void read_stages() {
    const yaml::Node& stages = part("stages");
    if (stages.kind == yaml::Kind::list && stages.items.empty()) {
      problems_.error(document_.file, stages.place, "'stages' has no stage",
                      "begin each stage with '- stage: NAME'");
    }
    std::set<std::string> names;
    for (const yaml::Node& item : stages.items) read_stage(item, names);
  }

  void read_stage(const yaml::Node& item, std::set<std::string>& names) {
    const FieldValues fields =
        read_fields(item, stage_table(), "stage", document_.file, problems_, shown_);
    SequenceStage stage;
    if (fields.has("stage")) stage.name = fields.text("stage");
    stage.mains_on = fields.has("mains") && fields.text("mains") == "on";
    if (fields.has("stage") && !names.insert(stage.name).second) {
      problems_.error(document_.file, fields.place("stage"),
                      fmt::format("stage '{}' is there twice", stage.name));
    }
    if (const yaml::Node* steps = item.find("steps")) {
      stage.steps = read_steps(*steps, {stage.name, stage.mains_on, false, next_index_}, reading());
      next_index_ += static_cast<int>(stage.steps.size());
      if (steps->kind == yaml::Kind::list && steps->items.empty()) {
        problems_.error(document_.file, steps->place,
                        fmt::format("stage '{}' has no steps", stage.name), "remove the stage");
      }
    }
    result_.stages.push_back(std::move(stage));
  }

  void read_clean_up() {
    const yaml::Node* list = document_.root.find("clean_up");
    if (list == nullptr) return;
    // Clean-up follows whatever stage was running, so its steps must be safe after any of them.
    const bool mains = std::any_of(result_.stages.begin(), result_.stages.end(),
                                   [](const SequenceStage& stage) { return stage.mains_on; });
    result_.clean_up = read_steps(*list, {"clean_up", mains, true, next_index_}, reading());
    Duration before{};
    for (const SequenceStep& step : result_.clean_up) {
      if (before >= result_.clean_up_budget) {
        problems_.error(document_.file, step.place,
                        fmt::format("'{}' cannot be reached: the steps before it usually take all "
                                    "of the clean-up budget",
                                    step.name),
                        "raise 'clean_up_budget'");
      }
      before += step.type->usual_time;
    }
  }

  void report_unused(const std::vector<DeclaredVariable>& declared) {
    std::set<std::string> used;
    for (const yaml::Entry& entry : document_.root.entries) {
      if (entry.key != "variables") collect_used_names(entry.value, used);
    }
    for (const DeclaredVariable& variable : declared) {
      if (used.contains(variable.name)) continue;
      problems_.warning(document_.file, variable.place,
                        fmt::format("variable '{}' is never used", variable.name));
    }
  }

  [[nodiscard]] StepReading reading() const {
    return {document_.file, registry_, check_time_, shown_, problems_};
  }

  yaml::Document document_;
  const StepRegistry& registry_;
  Problems& problems_;
  const PlugFolders& plugs_;
  yaml::Node nothing_;
  Variables check_time_;
  Variables shown_;  ///< for names and options, which screens and records show
  int next_index_ = 0;
  std::vector<std::string> written_secrets_;  ///< that stand in the file and should not
  Sequence result_;
};

}  // namespace

Sequence read_sequence(const yaml::Document& document, const StepRegistry& registry,
                       const VariableSources& values, Problems& problems, MissingValues missing,
                       const PlugFolders& plugs) {
  SequenceReader reader(document, registry, problems, plugs);
  Sequence sequence = reader.read(values, missing);
  reader.hide_secrets(sequence.secrets);
  return sequence;
}

Sequence load_sequence(const std::filesystem::path& path, const StepRegistry& registry,
                       const VariableSources& values, Problems& problems, MissingValues missing,
                       const PlugFolders& plugs) {
  const yaml::Document document = yaml::load(path, problems);
  Sequence sequence = read_sequence(document, registry, values, problems, missing, plugs);
  if (document.root.kind != yaml::Kind::null) sequence.sha256 = sha256_hex(read_bytes(path));
  return sequence;
}

void keep_stages(Sequence& sequence, const std::vector<std::string>& names, Problems& problems) {
  std::vector<std::string> known;
  for (const SequenceStage& stage : sequence.stages) known.push_back(stage.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.error(
        sequence.file, {}, fmt::format("there is no stage {}", in_quotes(name)),
        did_you_mean(name, known, fmt::format("its stages: {}", fmt::join(known, ", "))));
  }
  std::erase_if(sequence.stages, [&](const SequenceStage& stage) {
    return std::find(names.begin(), names.end(), stage.name) == names.end();
  });
}

}  // namespace plugrig
