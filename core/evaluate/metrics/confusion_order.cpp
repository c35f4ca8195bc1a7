#include "core/evaluate/metrics/confusion_order.h"

#include "core/base/natural_order.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace thaw {

namespace {

using ConfusionMatrix = std::vector<std::vector<int>>;

double picturesOf(const ConfusionMatrix& confusion, std::size_t truth)
{
    return std::accumulate(confusion[truth].begin(), confusion[truth].end(), 0.0);
}

/// Of the two classes' pictures, how large a share was taken for the other class (0–2).
double nearnessOf(const ConfusionMatrix& confusion, std::size_t a, std::size_t b)
{
    const auto share = [&](std::size_t truth, std::size_t predicted) {
        const double pictures = picturesOf(confusion, truth);
        return pictures > 0 ? confusion[truth][predicted] / pictures : 0;
    };
    return share(a, b) + share(b, a);
}

/// Joins the two clusters that are confused most, until none are confused with each other.
class Clustering
{
public:
    Clustering(const ConfusionMatrix& confusion, const std::vector<std::size_t>& names)
    {
        const std::size_t count = names.size();
        m_ofClasses.assign(count, std::vector<double>(count));
        for (std::size_t a = 0; a < count; ++a) {
            m_members.push_back({a});
            for (std::size_t b = 0; b < count; ++b) {
                m_ofClasses[a][b] = a == b ? 0 : nearnessOf(confusion, names[a], names[b]);
            }
        }
        m_ofClusters = m_ofClasses;
    }

    /// @return places in `names`
    std::vector<std::size_t> order()
    {
        while (joinNearest()) {
        }
        std::vector<std::size_t> result;
        for (const std::vector<std::size_t>& members : m_members) {
            result.insert(result.end(), members.begin(), members.end());
        }
        return result;
    }

private:
    bool joinNearest()
    {
        std::size_t first = 0;
        std::size_t second = 0;
        double most = 0;
        for (std::size_t a = 0; a < m_members.size(); ++a) {
            for (std::size_t b = a + 1; b < m_members.size(); ++b) {
                if (m_ofClusters[a][b] > most) {
                    most = m_ofClusters[a][b];
                    first = a;
                    second = b;
                }
            }
        }
        if (most > 0) {
            join(first, second);
        }
        return most > 0;
    }

    void join(std::size_t a, std::size_t b)
    {
        const auto sizeA = static_cast<double>(m_members[a].size());
        const auto sizeB = static_cast<double>(m_members[b].size());
        for (std::size_t other = 0; other < m_members.size(); ++other) {
            const double mean =
                (sizeA * m_ofClusters[a][other] + sizeB * m_ofClusters[b][other]) / (sizeA + sizeB);
            m_ofClusters[a][other] = mean;
            m_ofClusters[other][a] = mean;
        }
        turnTowards(m_members[a], m_members[b]);
        m_members[a].insert(m_members[a].end(), m_members[b].begin(), m_members[b].end());
        const auto gone = static_cast<std::ptrdiff_t>(b);
        m_members.erase(m_members.begin() + gone);
        m_ofClusters.erase(m_ofClusters.begin() + gone);
        for (std::vector<double>& row : m_ofClusters) {
            row.erase(row.begin() + gone);
        }
    }

    /// So that the last of the one and the first of the other are confused as much as ends can be.
    void turnTowards(std::vector<std::size_t>& one, std::vector<std::size_t>& other) const
    {
        const auto near = [&](std::size_t a, std::size_t b) { return m_ofClasses[a][b]; };
        const double asTheyAre = near(one.back(), other.front());
        const double otherTurned = near(one.back(), other.back());
        const double oneTurned = near(one.front(), other.front());
        const double bothTurned = near(one.front(), other.back());
        const double most = std::max({asTheyAre, otherTurned, oneTurned, bothTurned});
        if (most == asTheyAre) {
            return;
        }
        if (most != otherTurned) {
            std::reverse(one.begin(), one.end());
        }
        if (most == otherTurned || most != oneTurned) {
            std::reverse(other.begin(), other.end());
        }
    }

    std::vector<std::vector<std::size_t>> m_members; ///< of the clusters that are left, in order
    std::vector<std::vector<double>> m_ofClusters;   ///< mean nearness between these
    std::vector<std::vector<double>> m_ofClasses;
};

} // namespace

std::vector<std::size_t> classOrder(const ConfusionMatrix& confusion, const std::vector<std::string>& classes,
                                    ClassOrder order)
{
    std::vector<std::size_t> result = naturalOrder(classes);
    if (order == ClassOrder::Clusters) {
        const std::vector<std::size_t> places = Clustering(confusion, result).order();
        std::vector<std::size_t> labels;
        for (const std::size_t place : places) {
            labels.push_back(result[place]);
        }
        return labels;
    }
    std::vector<double> keys; // the least first
    for (std::size_t label = 0; label < confusion.size() && order != ClassOrder::Name; ++label) {
        const double pictures = picturesOf(confusion, label);
        keys.push_back(order == ClassOrder::Size ? -pictures
                       : pictures > 0            ? confusion[label][label] / pictures
                                                 : std::numeric_limits<double>::infinity());
    }
    if (!keys.empty()) {
        std::stable_sort(result.begin(), result.end(),
                         [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    }
    return result;
}

std::optional<std::size_t> mostConfusedWith(const ConfusionMatrix& confusion, std::size_t truth)
{
    std::optional<std::size_t> most;
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        if (label != truth && confusion[truth][label] > (most ? confusion[truth][*most] : 0)) {
            most = label;
        }
    }
    return most;
}

std::vector<Confusion> largestConfusions(const ConfusionMatrix& confusion)
{
    std::vector<Confusion> kinds;
    for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
        for (std::size_t label = 0; label < confusion.size(); ++label) {
            if (label != truth && confusion[truth][label] > 0) {
                kinds.push_back({truth, label, confusion[truth][label]});
            }
        }
    }
    std::stable_sort(kinds.begin(), kinds.end(),
                     [](const Confusion& a, const Confusion& b) { return a.images > b.images; });
    return kinds;
}

} // namespace thaw
