using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>What maintenance makes of a record.</summary>
internal static class MaintenanceMark
{
    /// <summary>The channels of a record taken in maintenance: every value fails, whatever else is known of it; what is missing stays
    /// missing. No number is changed.</summary>
    /// <param name="values">The channels.</param>
    public static IReadOnlyList<ChannelValue> On(IReadOnlyList<ChannelValue> values) =>
    [
        .. values.Select(value => value with
        {
            Flag = value.Flag == QualityFlag.Missing ? QualityFlag.Missing : QualityFlag.Fail,
            Why = value.Why | Why.Maintenance,
        }),
    ];
}
