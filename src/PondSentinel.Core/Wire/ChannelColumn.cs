using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>One channel of a group of records, as it stands on the wire: a column per quantity.</summary>
internal sealed class ChannelColumn
{
    private const int TokensMax = 64;
    private const int MeasurandLengthMax = 64;

    private readonly string channel;
    private readonly string? calibration;
    private readonly double?[] values;
    private readonly long[] flags;
    private readonly double?[]? raw;
    private readonly double?[]? lows;
    private readonly double?[]? highs;
    private readonly long[]? counts;
    private readonly Dictionary<int, Why> why;

    private ChannelColumn(Node node, int count, bool isThinned)
    {
        channel = node.Name;
        Measurand = MeasurandNames.TryParse(node.Text("m", MeasurandLengthMax), out var known) ? known : null;
        calibration = node.OptionalNameIn("cal");
        values = node.Numbers("x", count);
        flags = node.IntegersOrOne("q", count, 0, byte.MaxValue);
        raw = node.OptionalNumbers("r", count);
        why = ReadWhy(node, count);
        if (isThinned)
        {
            lows = node.Numbers("lo", count);
            highs = node.Numbers("hi", count);
            counts = node.IntegersOrOne("k", count, 0, int.MaxValue);
        }
        else if (node.Has("lo") || node.Has("hi") || node.Has("k"))
        {
            node.Refuse("lo, hi or k in a group without w");
        }
    }

    /// <summary>What its numbers are; null where this version does not know it.</summary>
    public Measurand? Measurand { get; }

    /// <summary>Reads a channel; what is wrong stands in <see cref="Node.FirstFault"/> afterwards.</summary>
    /// <param name="node">The channel, reached by its name.</param>
    /// <param name="count">Records in the group.</param>
    /// <param name="isThinned">Whether they are thinned.</param>
    public static ChannelColumn Read(Node node, int count, bool isThinned) => new(node, count, isThinned);

    /// <summary>The channel in one of the records.</summary>
    /// <param name="index">Which.</param>
    public ChannelValue At(int index) => new()
    {
        Channel = channel,
        Measurand = Measurand ?? throw new InvalidOperationException("The measurand is not known."),
        Value = values[index],
        Flag = (QualityFlag)flags[index],
        Why = why.GetValueOrDefault(index),
        Raw = raw?[index],
        Calibration = calibration,
        Low = lows?[index],
        High = highs?[index],
        Count = (int?)counts?[index],
    };

    private static Dictionary<int, Why> ReadWhy(Node node, int count)
    {
        Dictionary<int, Why> reasons = [];
        foreach (var member in node.OptionalObject("why")?.Members() ?? [])
        {
            if (!int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || index >= count
                || (member.Name.Length > 1 && member.Name[0] == '0'))
            {
                member.Refuse("is not the index of a record of the group");
                break;
            }

            reasons[index] = member.AsTexts(TokensMax, Names.IsName, "a reason").Aggregate(
                Why.None, (sum, token) => sum | WhyTokens.Parse(token));
        }

        return reasons;
    }
}
