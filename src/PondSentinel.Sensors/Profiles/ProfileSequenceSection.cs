using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[sequence]</c> of a profile.</summary>
internal static class ProfileSequenceSection
{
    private const int BurstMax = 100;
    private static readonly TimeSpan WarmUpMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan SettleMax = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PreludeEveryMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan BurstEveryMax = TimeSpan.FromMinutes(1);

    private static readonly Dictionary<string, Reducer> Reducers = new(StringComparer.Ordinal)
    {
        ["median"] = Reducer.Median, ["mean"] = Reducer.Mean,
    };

    /// <summary>Reads it.</summary>
    /// <param name="section">The table, or null where there is none.</param>
    public static ProfileSequence? Read(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var burst = (int)(section.Integer("burst", 1, BurstMax) ?? 1);
        var sequence = new ProfileSequence
        {
            WarmUp = section.Duration("warm_up", TimeSpan.Zero, WarmUpMax) ?? TimeSpan.Zero,
            Prelude = ReadSteps(section, "prelude"),
            PreludeEvery = ReadEvery(section),
            Settle = section.Duration("settle", TimeSpan.Zero, SettleMax) ?? TimeSpan.Zero,
            Burst = burst,
            BurstEvery = section.Duration("burst_every", TimeSpan.Zero, BurstEveryMax, required: burst > 1) ?? TimeSpan.Zero,
            Reducer = section.Word("reduce", Reducers, required: burst > 1) ?? Reducer.Median,
            Postlude = ReadSteps(section, "postlude"),
        };
        foreach (var key in (string[])["prelude_every", "prelude_once", "settle"])
        {
            if (section.Has(key) && sequence.Prelude.Count == 0)
            {
                section.Report(key, $"{key} means nothing without a prelude", $"add [[sequence.prelude]], or remove {key}");
            }
        }

        section.RefuseUnknownKeys();
        return sequence;
    }

    private static TimeSpan ReadEvery(TomlSection section)
    {
        var every = section.Duration("prelude_every", TimeSpan.Zero, PreludeEveryMax);
        if (section.Flag("prelude_once") is not true)
        {
            return every ?? TimeSpan.Zero;
        }

        if (every is not null)
        {
            section.Report("prelude_once", "a prelude is once or each time, one of them", "remove prelude_every or prelude_once");
        }

        return TimeSpan.MaxValue;
    }

    private static List<ProfileStep> ReadSteps(TomlSection section, string key) =>
        [.. section.Tables(key).Select(step =>
        {
            var read = ProfileHex.ReadStep(step);
            step.RefuseUnknownKeys();
            return read;
        })];
}
