using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>What maintenance and calibration make of a record.</summary>
internal static class MaintenanceMark
{
    /// <summary>The channels of a record taken while somebody worked at the device: every value fails, whatever else is known of it;
    /// what is missing stays missing. No number is changed.</summary>
    /// <param name="values">The channels.</param>
    /// <param name="why">What was done; nothing marks nothing.</param>
    public static IReadOnlyList<ChannelValue> On(IReadOnlyList<ChannelValue> values, Why why) => why == Why.None ? values :
    [
        .. values.Select(value => value with
        {
            Flag = value.Flag == QualityFlag.Missing ? QualityFlag.Missing : QualityFlag.Fail,
            Why = value.Why | why,
        }),
    ];
}
