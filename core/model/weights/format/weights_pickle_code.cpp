#include "core/model/weights/format/weights_pickle_code.h"

#include "core/model/weights/format/weights_formats.h"

#include <cstring>

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

} // namespace

void throwPickleDamaged(const std::filesystem::path& path, const std::string& what)
{
    throwWeightsInvalid(path, "its description of the tensors is damaged: " + what);
}

std::string_view PickleCode::take(std::uint64_t count)
{
    if (count > m_rest.size()) {
        throwPickleDamaged(m_path, "it is cut short");
    }
    const std::string_view taken = m_rest.substr(0, count);
    m_rest.remove_prefix(count);
    return taken;
}

template <class Number>
Number PickleCode::takeNumber()
{
    Number number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
}

std::string_view PickleCode::takeLine()
{
    const std::size_t end = m_rest.find('\n');
    if (end == std::string_view::npos) {
        throwPickleDamaged(m_path, "it is cut short");
    }
    const std::string_view line = take(end);
    take(1);
    return line;
}

std::int64_t PickleCode::takeLong()
{
    const std::string_view bytes = take(takeNumber<std::uint8_t>());
    if (bytes.size() > sizeof(std::int64_t)) {
        throwPickleDamaged(m_path, "a number is too long");
    }
    // Two's complement, without the bytes that repeat the sign.
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80u) != 0;
    std::int64_t number = negative ? -1 : 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

void PickleCode::checkProtocol()
{
    if (const auto version = takeNumber<std::uint8_t>(); version < 2 || version > 5) {
        throwPickleDamaged(m_path, "its protocol is " + std::to_string(version) + "; 2 to 5 are read");
    }
}

PickleInstruction PickleCode::next()
{
    using enum PickleOperation;
    char code = take(1).front();
    for (; code == op::proto || code == op::frame; code = take(1).front()) {
        if (code == op::proto) {
            checkProtocol();
        } else {
            take(sizeof(std::uint64_t));
        }
    }
    switch (code) {
    case op::mark:
        return {Mark};
    case op::stop:
        return {Stop};
    case op::binFloat:
        take(sizeof(double));
        return {Plain};
    case op::none:
    case op::newTrue:
    case op::newFalse:
        return {Plain};
    case op::binInt:
        return {Integer, takeNumber<std::int32_t>()};
    case op::binInt1:
        return {Integer, takeNumber<std::uint8_t>()};
    case op::binInt2:
        return {Integer, takeNumber<std::uint16_t>()};
    case op::long1:
        return {Integer, takeLong()};
    case op::shortBinUnicode:
        return {Text, 0, take(takeNumber<std::uint8_t>())};
    case op::binUnicode:
        return {Text, 0, take(takeNumber<std::uint32_t>())};
    case op::emptyTuple:
        return {Tuple, 0};
    case op::tuple1:
        return {Tuple, 1};
    case op::tuple2:
        return {Tuple, 2};
    case op::tuple3:
        return {Tuple, 3};
    case op::tuple:
        return {TupleToMark};
    case op::emptyList:
        return {EmptyList};
    case op::append:
        return {Append};
    case op::appends:
        return {AppendToMark};
    case op::emptyDict:
        return {EmptyDict};
    case op::setItem:
        return {SetItem};
    case op::setItems:
        return {SetItemsToMark};
    case op::global: {
        const std::string_view module = takeLine();
        return {Global, 0, module, takeLine()};
    }
    case op::stackGlobal:
        return {GlobalFromStack};
    case op::reduce:
        return {Call};
    case op::build:
        return {SetState};
    case op::binPersId:
        return {PersistentId};
    case op::binPut:
        return {Put, takeNumber<std::uint8_t>()};
    case op::longBinPut:
        return {Put, takeNumber<std::uint32_t>()};
    case op::memoize:
        return {Memoize};
    case op::binGet:
        return {Get, takeNumber<std::uint8_t>()};
    case op::longBinGet:
        return {Get, takeNumber<std::uint32_t>()};
    default:
        throwPickleDamaged(m_path, "it has the code " + std::to_string(static_cast<unsigned char>(code)) +
                                       ", which no dictionary of tensors needs");
    }
}

} // namespace thaw
