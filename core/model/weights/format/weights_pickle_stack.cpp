#include "core/model/weights/format/weights_pickle_stack.h"

#include "core/model/weights/format/weights_pickle.h"
#include "core/model/weights/format/weights_pickle_code.h"

#include <algorithm>
#include <utility>

namespace thaw {

void PickleStack::push(PickleValue value)
{
    m_values.push_back(std::move(value));
    m_stack.push_back(static_cast<PicklePlace>(m_values.size() - 1));
}

PicklePlace PickleStack::pop()
{
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) {
        throwPickleDamaged(m_path, "a value is missing");
    }
    const PicklePlace place = m_stack.back();
    m_stack.pop_back();
    return place;
}

std::vector<PicklePlace> PickleStack::popToMark()
{
    if (m_marks.empty()) {
        throwPickleDamaged(m_path, "a mark is missing");
    }
    const auto first = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    std::vector<PicklePlace> items(first, m_stack.end());
    m_stack.erase(first, m_stack.end());
    m_marks.pop_back();
    return items;
}

PickleValue& PickleStack::top(PickleKind kind)
{
    const PicklePlace place = pop();
    m_stack.push_back(place);
    expect(place, kind);
    return m_values[place];
}

void PickleStack::put(std::uint64_t number)
{
    // Programs count from 0, so no honest number is larger than the text that asks for it.
    if (number > pickleLimit || m_stack.empty()) {
        throwPickleDamaged(m_path, "a number of its memory is impossible");
    }
    m_memo.resize(std::max<std::size_t>(m_memo.size(), number + 1));
    m_memo[number] = m_stack.back();
}

void PickleStack::get(std::uint64_t number)
{
    if (number >= m_memo.size() || !m_memo[number]) {
        throwPickleDamaged(m_path, "it refers to what it has not said");
    }
    m_stack.push_back(*m_memo[number]);
}

const PickleValue& PickleStack::expect(PicklePlace place, PickleKind kind) const
{
    if (m_values[place].kind != kind) {
        throwPickleDamaged(m_path, "a value is of the wrong kind");
    }
    return m_values[place];
}

} // namespace thaw
