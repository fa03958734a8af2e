using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Completeness;

/// <summary>A row as the fields of a point. README.md of this folder tells them; names are only ever added.</summary>
internal static class LedgerFields
{
    private static readonly (Fate Fate, string Name)[] Causes = [.. Fates.All.Select(fate => (fate, NameOf(fate)))];

    /// <summary>The fields of a row; zeros where there is none.</summary>
    public static IReadOnlyList<DayField> Of(LedgerRow? row)
    {
        FateCounts counts = row?.Counts ?? new();
        long In(params ReadOnlySpan<FateGroup> groups)
        {
            var sum = 0L;
            foreach (var (fate, count) in counts.Present)
            {
                sum = groups.Contains(fate.Group) ? FateCounts.Plus(sum, count) : sum;
            }

            return sum;
        }

        return
        [
            new DayField("expected", row?.Expected ?? 0),
            new DayField("measured", FateCounts.Plus(
                In(FateGroup.Value, FateGroup.NoValue, FateGroup.Thinned, FateGroup.Lost, FateGroup.Refused), counts[Fate.Waiting])),
            new DayField("delivered", In(FateGroup.Value, FateGroup.NoValue)),
            new DayField("complete", counts.Complete),
            new DayField("failed", In(FateGroup.NoValue)),
            new DayField("lost", In(FateGroup.Lost)),
            new DayField("refused", In(FateGroup.Refused)),
            new DayField("not_measured", In(FateGroup.NotMeasured)),
            new DayField("unknown", In(FateGroup.Unknown)),
            new DayField("late", row?.Late ?? 0),
            new DayField("extra", row?.Extra ?? 0),
            new DayField("interval_ms", row?.IntervalMs ?? 0),
            .. Causes.Select(cause => new DayField(cause.Name, counts[cause.Fate])),
        ];
    }

    private static string NameOf(Fate fate) => fate.Group switch
    {
        FateGroup.NoValue => "failed_",
        FateGroup.Lost => "lost_",
        FateGroup.Refused => "refused_",
        FateGroup.NotMeasured => "not_measured_",
        FateGroup.Unknown => "unknown_",
        _ => "",
    } + fate.Token.Replace('-', '_');
}
