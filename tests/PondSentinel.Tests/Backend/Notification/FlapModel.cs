namespace PondSentinel.Tests.Backend.Notification;

/// <summary>When a rule at a channel comes and goes, said once more and simply: all that happened is kept and gone through each time.</summary>
internal sealed class FlapModel
{
    private readonly List<(DateTimeOffset At, bool Fires, bool IsPast)> changes = [];
    private (DateTimeOffset At, int Changes)? found;

    /// <summary>Something was told of it. Times never go back.</summary>
    /// <param name="at">When.</param>
    /// <param name="fires">Whether it fires now.</param>
    /// <param name="isPast">Whether it is of something that was over when it was found, and so no change of what comes and goes.</param>
    public void Change(DateTimeOffset at, bool fires, bool isPast = false)
    {
        Settle(at);
        changes.Add((at, fires, isPast));
        if (found is null && fires && changes.Count(change => change.Fires && change.At > at.AddHours(-9)) > 3)
        {
            found = (at, changes.Count);
        }
    }

    /// <summary>Whether it comes and goes.</summary>
    /// <param name="now">The time; not before the last change.</param>
    public bool IsFlapping(DateTimeOffset now)
    {
        Settle(now);
        return found is not null;
    }

    private void Settle(DateTimeOffset now)
    {
        if (found is not { } since)
        {
            return;
        }

        var counted = changes.Where((change, i) => change.At > since.At.AddHours(-9) && (i < since.Changes || !change.IsPast)).ToList();
        var hours = counted.Zip(counted.Skip(1), (one, next) => one.Fires == counted[^1].Fires ? (next.At - one.At).TotalHours : 0).DefaultIfEmpty(0).Max();
        if (now - counted[^1].At >= TimeSpan.FromHours(Math.Clamp(hours * 1.5, 1, 3)))
        {
            found = null;
        }
    }
}
