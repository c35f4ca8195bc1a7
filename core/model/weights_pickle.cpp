#include "core/model/weights_pickle.h"

#include "core/model/weights_formats.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace thaw {

namespace {

/// Opcodes by their names in the format's description (CPython's Lib/pickletools.py).
namespace op {
constexpr char mark = '(';
constexpr char stop = '.';
constexpr char proto = '\x80';
constexpr char frame = '\x95';
constexpr char none = 'N';
constexpr char newTrue = '\x88';
constexpr char newFalse = '\x89';
constexpr char binInt = 'J';
constexpr char binInt1 = 'K';
constexpr char binInt2 = 'M';
constexpr char long1 = '\x8a';
constexpr char binFloat = 'G';
constexpr char shortBinUnicode = '\x8c';
constexpr char binUnicode = 'X';
constexpr char emptyTuple = ')';
constexpr char tuple1 = '\x85';
constexpr char tuple2 = '\x86';
constexpr char tuple3 = '\x87';
constexpr char tuple = 't';
constexpr char emptyList = ']';
constexpr char append = 'a';
constexpr char appends = 'e';
constexpr char emptyDict = '}';
constexpr char setItem = 's';
constexpr char setItems = 'u';
constexpr char global = 'c';
constexpr char stackGlobal = '\x93';
constexpr char reduce = 'R';
constexpr char build = 'b';
constexpr char binPersId = 'Q';
constexpr char binPut = 'q';
constexpr char longBinPut = 'r';
constexpr char memoize = '\x94';
constexpr char binGet = 'h';
constexpr char longBinGet = 'j';
} // namespace op

constexpr std::size_t dimensionLimit = 8;

enum class Kind {
    Plain,
    Int,
    Text,
    Tuple,
    List,
    Dict,
    StorageType,
    OrderedDictType,
    RebuildTensor,
    Storage,
    Tensor
};

/// Values refer to one another by place, so that a value may occur in many others, or in itself.
using Place = std::uint32_t;

struct Value
{
    Kind kind = Kind::Plain; ///< Plain: None, a truth value or a float, none of which matters
    std::int64_t number = 0; ///< of an Int
    std::string_view text;   ///< of a Text; the name of a StorageType
    std::vector<Place>
        items; ///< of a Tuple or List; keys and values in turn; arguments of Storage and Tensor
};

class Machine
{
public:
    Machine(std::string_view pickle, const std::filesystem::path& path) : m_rest(pickle), m_path(path) {}

    void run();
    std::vector<PickledDictionary> dictionaries() const;

private:
    [[noreturn]] void damaged(const std::string& what) const
    {
        throwWeightsInvalid(m_path, "its description of the tensors is damaged: " + what);
    }

    std::string_view take(std::uint64_t count)
    {
        if (count > m_rest.size()) {
            damaged("it is cut short");
        }
        const std::string_view taken = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return taken;
    }

    template <class Number>
    Number takeNumber()
    {
        Number number;
        std::memcpy(&number, take(sizeof number).data(), sizeof number);
        return number;
    }

    std::string_view takeLine()
    {
        const std::size_t end = m_rest.find('\n');
        if (end == std::string_view::npos) {
            damaged("it is cut short");
        }
        const std::string_view line = take(end);
        take(1);
        return line;
    }

    void push(Value value)
    {
        m_values.push_back(std::move(value));
        m_stack.push_back(static_cast<Place>(m_values.size() - 1));
    }

    /// Never reaches below the latest mark.
    Place pop()
    {
        if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) {
            damaged("a value is missing");
        }
        const Place place = m_stack.back();
        m_stack.pop_back();
        return place;
    }

    std::vector<Place> popToMark()
    {
        if (m_marks.empty()) {
            damaged("a mark is missing");
        }
        const auto first = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
        std::vector<Place> items(first, m_stack.end());
        m_stack.erase(first, m_stack.end());
        m_marks.pop_back();
        return items;
    }

    Value& top(Kind kind)
    {
        const Place place = pop();
        m_stack.push_back(place);
        if (m_values[place].kind != kind) {
            damaged("a value is of the wrong kind");
        }
        return m_values[place];
    }

    const Value& expect(Place place, Kind kind) const
    {
        if (m_values[place].kind != kind) {
            damaged("a value is of the wrong kind");
        }
        return m_values[place];
    }

    void pushTuple(std::size_t count)
    {
        std::vector<Place> items(count);
        std::generate(items.rbegin(), items.rend(), [this] { return pop(); });
        push({Kind::Tuple, 0, {}, std::move(items)});
    }

    void addTo(Kind kind, const std::vector<Place>& items)
    {
        Value& container = top(kind);
        if (kind == Kind::Dict && items.size() % 2 != 0) {
            damaged("a key has no value");
        }
        container.items.insert(container.items.end(), items.begin(), items.end());
    }

    void put(std::uint64_t number)
    {
        // Programs count from 0, so no honest number is larger than the text that asks for it.
        if (number > pickleLimit || m_stack.empty()) {
            damaged("a number of its memory is impossible");
        }
        m_memo.resize(std::max<std::size_t>(m_memo.size(), number + 1));
        m_memo[number] = m_stack.back();
    }

    void get(std::uint64_t number)
    {
        if (number >= m_memo.size() || !m_memo[number]) {
            damaged("it refers to what it has not said");
        }
        m_stack.push_back(*m_memo[number]);
    }

    void pushGlobal(std::string_view module, std::string_view name);
    void pushLong();
    void call();
    void pushStorage();
    void addState();
    bool step(char code);

    std::vector<Place> tensorParts(const std::vector<Place>& arguments) const;
    std::vector<std::int64_t> sizes(Place tuple) const;
    PickledTensor tensor(std::string_view name, const Value& value) const;

    std::string_view m_rest;
    const std::filesystem::path& m_path;
    std::vector<Value> m_values;
    std::vector<Place> m_stack;
    std::vector<std::size_t> m_marks;
    std::vector<std::optional<Place>> m_memo;
};

void Machine::pushGlobal(std::string_view module, std::string_view name)
{
    constexpr std::string_view storage = "Storage";
    const bool isStorage = name.size() > storage.size() && name.ends_with(storage);
    if (module == "collections" && name == "OrderedDict") {
        push({Kind::OrderedDictType, 0, {}, {}});
    } else if (module == "torch._utils" && name == "_rebuild_tensor_v2") {
        push({Kind::RebuildTensor, 0, {}, {}});
    } else if (module == "torch" && isStorage) {
        push({Kind::StorageType, 0, name, {}});
    } else {
        throwWeightsInvalid(
            m_path,
            "asks for " + std::string(module) + "." + std::string(name) +
                " of Python; only dictionaries of tensors are read, and nothing is run",
            "in PyTorch, save the tensors alone: torch.save(model.state_dict(), \"FILE.pth\")");
    }
}

void Machine::pushLong()
{
    const std::string_view bytes = take(takeNumber<std::uint8_t>());
    if (bytes.size() > sizeof(std::int64_t)) {
        damaged("a number is too long");
    }
    // Two's complement, without the bytes that repeat the sign.
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80u) != 0;
    std::int64_t number = negative ? -1 : 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    push({Kind::Int, number, {}, {}});
}

void Machine::call()
{
    const Place arguments = pop();
    const Kind function = m_values[pop()].kind;
    const std::vector<Place>& items = expect(arguments, Kind::Tuple).items;
    if (function == Kind::OrderedDictType && items.empty()) {
        push({Kind::Dict, 0, {}, {}});
    } else if (function == Kind::RebuildTensor) {
        push({Kind::Tensor, 0, {}, tensorParts(items)});
    } else {
        damaged("a call is of another form");
    }
}

std::vector<std::int64_t> Machine::sizes(Place tuple) const
{
    const std::vector<Place>& items = expect(tuple, Kind::Tuple).items;
    if (items.size() > dimensionLimit) {
        damaged("a tensor has more than " + std::to_string(dimensionLimit) + " dimensions");
    }
    std::vector<std::int64_t> numbers;
    for (const Place item : items) {
        numbers.push_back(expect(item, Kind::Int).number);
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
    expect(arguments[0], Kind::Storage);
    if (expect(arguments[1], Kind::Int).number < 0 ||
        sizes(arguments[2]).size() != sizes(arguments[3]).size()) {
        damaged("a tensor's offset, shape and strides do not fit one another");
    }
    return {arguments.begin(), arguments.begin() + 4};
}

/// ("storage", type, key, device, how many values)
void Machine::pushStorage()
{
    std::vector<Place> items = expect(pop(), Kind::Tuple).items;
    if (items.size() != 5 || expect(items[0], Kind::Text).text != "storage" ||
        expect(items[4], Kind::Int).number < 0)
    {
        damaged("a storage is of another form");
    }
    expect(items[1], Kind::StorageType);
    expect(items[2], Kind::Text);
    push({Kind::Storage, 0, {}, std::move(items)});
}

/// A dictionary's attributes (a module's "_metadata") say nothing about tensors.
void Machine::addState()
{
    expect(pop(), Kind::Dict);
    top(Kind::Dict);
}

/// @return false at the end
bool Machine::step(char code)
{
    switch (code) {
    case op::proto:
        if (const auto version = takeNumber<std::uint8_t>(); version < 2 || version > 5) {
            damaged("its protocol is " + std::to_string(version) + "; 2 to 5 are read");
        }
        return true;
    case op::frame:
        take(sizeof(std::uint64_t));
        return true;
    case op::mark:
        m_marks.push_back(m_stack.size());
        return true;
    case op::none:
    case op::newTrue:
    case op::newFalse:
        push({});
        return true;
    case op::binFloat:
        take(sizeof(double));
        push({});
        return true;
    case op::binInt:
        push({Kind::Int, takeNumber<std::int32_t>(), {}, {}});
        return true;
    case op::binInt1:
        push({Kind::Int, takeNumber<std::uint8_t>(), {}, {}});
        return true;
    case op::binInt2:
        push({Kind::Int, takeNumber<std::uint16_t>(), {}, {}});
        return true;
    case op::long1:
        pushLong();
        return true;
    case op::shortBinUnicode:
        push({Kind::Text, 0, take(takeNumber<std::uint8_t>()), {}});
        return true;
    case op::binUnicode:
        push({Kind::Text, 0, take(takeNumber<std::uint32_t>()), {}});
        return true;
    case op::emptyTuple:
        pushTuple(0);
        return true;
    case op::tuple1:
        pushTuple(1);
        return true;
    case op::tuple2:
        pushTuple(2);
        return true;
    case op::tuple3:
        pushTuple(3);
        return true;
    case op::tuple:
        push({Kind::Tuple, 0, {}, popToMark()});
        return true;
    case op::emptyList:
        push({Kind::List, 0, {}, {}});
        return true;
    case op::append:
        addTo(Kind::List, {pop()});
        return true;
    case op::appends:
        addTo(Kind::List, popToMark());
        return true;
    case op::emptyDict:
        push({Kind::Dict, 0, {}, {}});
        return true;
    case op::setItem: {
        const Place value = pop();
        addTo(Kind::Dict, {pop(), value});
        return true;
    }
    case op::setItems:
        addTo(Kind::Dict, popToMark());
        return true;
    case op::global: {
        const std::string_view module = takeLine();
        pushGlobal(module, takeLine());
        return true;
    }
    case op::stackGlobal: {
        const std::string_view name = expect(pop(), Kind::Text).text;
        pushGlobal(expect(pop(), Kind::Text).text, name);
        return true;
    }
    case op::reduce:
        call();
        return true;
    case op::build:
        addState();
        return true;
    case op::binPersId:
        pushStorage();
        return true;
    case op::binPut:
        put(takeNumber<std::uint8_t>());
        return true;
    case op::longBinPut:
        put(takeNumber<std::uint32_t>());
        return true;
    case op::memoize:
        put(m_memo.size());
        return true;
    case op::binGet:
        get(takeNumber<std::uint8_t>());
        return true;
    case op::longBinGet:
        get(takeNumber<std::uint32_t>());
        return true;
    case op::stop:
        return false;
    default:
        damaged("it has the code " + std::to_string(static_cast<unsigned char>(code)) +
                ", which no dictionary of tensors needs");
    }
}

void Machine::run()
{
    while (step(take(1).front())) {
    }
    top(Kind::Dict);
    if (m_stack.size() != 1 || !m_marks.empty() || !m_rest.empty()) {
        damaged("it goes on behind its end");
    }
}

PickledTensor Machine::tensor(std::string_view name, const Value& value) const
{
    const std::vector<Place>& storage = m_values[value.items[0]].items;
    return {name,
            m_values[storage[2]].text,
            m_values[storage[1]].text,
            static_cast<std::uint64_t>(m_values[storage[4]].number),
            static_cast<std::uint64_t>(m_values[value.items[1]].number),
            sizes(value.items[2]),
            sizes(value.items[3])};
}

std::vector<PickledDictionary> Machine::dictionaries() const
{
    std::vector<std::string_view> names(m_values.size());
    for (const Value& value : m_values) {
        for (std::size_t i = 0; value.kind == Kind::Dict && i < value.items.size(); i += 2) {
            names[value.items[i + 1]] = m_values[value.items[i]].text;
        }
    }
    std::vector<PickledDictionary> found;
    for (std::size_t place = 0; place < m_values.size(); ++place) {
        const Value& value = m_values[place];
        if (value.kind != Kind::Dict) {
            continue;
        }
        PickledDictionary dictionary{names[place], {}};
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
            const Value& key = m_values[value.items[i]];
            const Value& item = m_values[value.items[i + 1]];
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
