#include "core/model/weights/format/weights_pickle.h"

#include "core/model/weights/format/weights_formats.h"
#include "core/model/weights/format/weights_pickle_code.h"
#include "core/model/weights/format/weights_pickle_stack.h"

#include <algorithm>
#include <utility>

namespace thaw {

namespace {

using Kind = PickleKind;
using Place = PicklePlace;

constexpr std::size_t dimensionLimit = 8;

class Machine
{
public:
    Machine(std::string_view pickle, const std::filesystem::path& path)
        : m_code(pickle, path), m_path(path), m_stack(path)
    {
    }

    void run();
    std::vector<PickledDictionary> dictionaries() const;

private:
    [[noreturn]] void damaged(const std::string& what) const { throwPickleDamaged(m_path, what); }

    void pushTuple(std::int64_t count);
    void pushGlobal(std::string_view module, std::string_view name);
    void pushStorage();
    void addTo(Kind kind, const std::vector<Place>& items);
    void addState();
    void call();
    void execute(const PickleInstruction& instruction);

    std::vector<Place> tensorParts(const std::vector<Place>& arguments) const;
    std::vector<std::int64_t> sizes(Place tuple) const;
    PickledTensor tensor(std::string_view name, const PickleValue& value) const;

    PickleCode m_code;
    const std::filesystem::path& m_path;
    PickleStack m_stack;
};

void Machine::pushTuple(std::int64_t count)
{
    std::vector<Place> items(static_cast<std::size_t>(count));
    std::generate(items.rbegin(), items.rend(), [this] { return m_stack.pop(); });
    m_stack.push({Kind::Tuple, 0, {}, std::move(items)});
}

void Machine::addTo(Kind kind, const std::vector<Place>& items)
{
    PickleValue& container = m_stack.top(kind);
    if (kind == Kind::Dict && items.size() % 2 != 0) {
        damaged("a key has no value");
    }
    container.items.insert(container.items.end(), items.begin(), items.end());
}

void Machine::pushGlobal(std::string_view module, std::string_view name)
{
    constexpr std::string_view storage = "Storage";
    const bool isStorage = name.size() > storage.size() && name.ends_with(storage);
    if (module == "collections" && name == "OrderedDict") {
        m_stack.push({Kind::OrderedDictType, 0, {}, {}});
    } else if (module == "torch._utils" && name == "_rebuild_tensor_v2") {
        m_stack.push({Kind::RebuildTensor, 0, {}, {}});
    } else if (module == "torch" && isStorage) {
        m_stack.push({Kind::StorageType, 0, name, {}});
    } else {
        throwWeightsInvalid(
            m_path,
            "asks for " + std::string(module) + "." + std::string(name) +
                " of Python; only dictionaries of tensors are read, and nothing is run",
            "in PyTorch, save the tensors alone: torch.save(model.state_dict(), \"FILE.pth\")");
    }
}

void Machine::call()
{
    const Place arguments = m_stack.pop();
    const Kind function = m_stack.values()[m_stack.pop()].kind;
    const std::vector<Place>& items = m_stack.expect(arguments, Kind::Tuple).items;
    if (function == Kind::OrderedDictType && items.empty()) {
        m_stack.push({Kind::Dict, 0, {}, {}});
    } else if (function == Kind::RebuildTensor) {
        m_stack.push({Kind::Tensor, 0, {}, tensorParts(items)});
    } else {
        damaged("a call is of another form");
    }
}

std::vector<std::int64_t> Machine::sizes(Place tuple) const
{
    const std::vector<Place>& items = m_stack.expect(tuple, Kind::Tuple).items;
    if (items.size() > dimensionLimit) {
        damaged("a tensor has more than " + std::to_string(dimensionLimit) + " dimensions");
    }
    std::vector<std::int64_t> numbers;
    for (const Place item : items) {
        numbers.push_back(m_stack.expect(item, Kind::Int).number);
        if (numbers.back() < 0) {
            damaged("a tensor has a negative size or stride");
        }
    }
    return numbers;
}

/// Of (storage, offset, shape, strides, needs a gradient, hooks …), torch._utils._rebuild_tensor_v2's
/// arguments, the first four.
std::vector<Place> Machine::tensorParts(const std::vector<Place>& arguments) const
{
    if (arguments.size() < 6) {
        damaged("a tensor lacks arguments");
    }
    m_stack.expect(arguments[0], Kind::Storage);
    if (m_stack.expect(arguments[1], Kind::Int).number < 0 ||
        sizes(arguments[2]).size() != sizes(arguments[3]).size())
    {
        damaged("a tensor's offset, shape and strides do not fit one another");
    }
    return {arguments.begin(), arguments.begin() + 4};
}

/// ("storage", type, key, device, how many values)
void Machine::pushStorage()
{
    std::vector<Place> items = m_stack.expect(m_stack.pop(), Kind::Tuple).items;
    if (items.size() != 5 || m_stack.expect(items[0], Kind::Text).text != "storage" ||
        m_stack.expect(items[4], Kind::Int).number < 0)
    {
        damaged("a storage is of another form");
    }
    m_stack.expect(items[1], Kind::StorageType);
    m_stack.expect(items[2], Kind::Text);
    m_stack.push({Kind::Storage, 0, {}, std::move(items)});
}

/// A dictionary's attributes (a module's "_metadata") say nothing about tensors.
void Machine::addState()
{
    m_stack.expect(m_stack.pop(), Kind::Dict);
    m_stack.top(Kind::Dict);
}

void Machine::execute(const PickleInstruction& instruction)
{
    switch (instruction.operation) {
    case PickleOperation::Mark:
        m_stack.mark();
        break;
    case PickleOperation::Plain:
        m_stack.push({});
        break;
    case PickleOperation::Integer:
        m_stack.push({Kind::Int, instruction.number, {}, {}});
        break;
    case PickleOperation::Text:
        m_stack.push({Kind::Text, 0, instruction.text, {}});
        break;
    case PickleOperation::Tuple:
        pushTuple(instruction.number);
        break;
    case PickleOperation::TupleToMark:
        m_stack.push({Kind::Tuple, 0, {}, m_stack.popToMark()});
        break;
    case PickleOperation::EmptyList:
        m_stack.push({Kind::List, 0, {}, {}});
        break;
    case PickleOperation::Append:
        addTo(Kind::List, {m_stack.pop()});
        break;
    case PickleOperation::AppendToMark:
        addTo(Kind::List, m_stack.popToMark());
        break;
    case PickleOperation::EmptyDict:
        m_stack.push({Kind::Dict, 0, {}, {}});
        break;
    case PickleOperation::SetItem: {
        const Place value = m_stack.pop();
        addTo(Kind::Dict, {m_stack.pop(), value});
        break;
    }
    case PickleOperation::SetItemsToMark:
        addTo(Kind::Dict, m_stack.popToMark());
        break;
    case PickleOperation::Global:
        pushGlobal(instruction.text, instruction.second);
        break;
    case PickleOperation::GlobalFromStack: {
        const std::string_view name = m_stack.expect(m_stack.pop(), Kind::Text).text;
        pushGlobal(m_stack.expect(m_stack.pop(), Kind::Text).text, name);
        break;
    }
    case PickleOperation::Call:
        call();
        break;
    case PickleOperation::SetState:
        addState();
        break;
    case PickleOperation::PersistentId:
        pushStorage();
        break;
    case PickleOperation::Put:
        m_stack.put(static_cast<std::uint64_t>(instruction.number));
        break;
    case PickleOperation::Memoize:
        m_stack.putNext();
        break;
    case PickleOperation::Get:
        m_stack.get(static_cast<std::uint64_t>(instruction.number));
        break;
    case PickleOperation::Stop:
        break;
    }
}

void Machine::run()
{
    PickleInstruction instruction;
    do {
        instruction = m_code.next();
        execute(instruction);
    } while (instruction.operation != PickleOperation::Stop);
    m_stack.top(Kind::Dict);
    if (!m_stack.isSingle() || !m_code.isAtEnd()) {
        damaged("it goes on behind its end");
    }
}

PickledTensor Machine::tensor(std::string_view name, const PickleValue& value) const
{
    const std::vector<Place>& storage = m_stack.values()[value.items[0]].items;
    return {name,
            m_stack.values()[storage[2]].text,
            m_stack.values()[storage[1]].text,
            static_cast<std::uint64_t>(m_stack.values()[storage[4]].number),
            static_cast<std::uint64_t>(m_stack.values()[value.items[1]].number),
            sizes(value.items[2]),
            sizes(value.items[3])};
}

std::vector<PickledDictionary> Machine::dictionaries() const
{
    std::vector<std::string_view> names(m_stack.values().size());
    for (const PickleValue& value : m_stack.values()) {
        for (std::size_t i = 0; value.kind == Kind::Dict && i < value.items.size(); i += 2) {
            names[value.items[i + 1]] = m_stack.values()[value.items[i]].text;
        }
    }
    std::vector<PickledDictionary> found;
    for (std::size_t place = 0; place < m_stack.values().size(); ++place) {
        const PickleValue& value = m_stack.values()[place];
        if (value.kind != Kind::Dict) {
            continue;
        }
        PickledDictionary dictionary{names[place], {}};
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
            const PickleValue& key = m_stack.values()[value.items[i]];
            const PickleValue& item = m_stack.values()[value.items[i + 1]];
            if (key.kind == Kind::Text && item.kind == Kind::Tensor) {
                dictionary.tensors.push_back(tensor(key.text, item));
            }
        }
        if (!dictionary.tensors.empty()) {
            found.push_back(std::move(dictionary));
        }
    }
    return found;
}

} // namespace

std::vector<PickledDictionary> readPickledTensors(std::string_view pickle, const std::filesystem::path& path)
{
    if (pickle.size() > pickleLimit) {
        throwWeightsInvalid(
            path, "its description of the tensors is longer than 1 MiB",
            "in PyTorch, save the tensors alone: torch.save(model.state_dict(), \"FILE.pth\")");
    }
    Machine machine(pickle, path);
    machine.run();
    return machine.dictionaries();
}

} // namespace thaw
