using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Keeps the bytes of a calendar month, UTC, under a budget by making the uplink thrifty in time. It never stops what
/// is urgent, and drops nothing.</summary>
/// <remarks>
/// <para>While nobody vouches for the clock nobody knows the month: what crosses the link is counted in the one last known, and
/// the thrift stays as it was.</para>
/// <para>What is used is written where it has grown by a thousandth of the budget, each hour and at the end: so much is
/// forgotten at most where the process is killed. Where the file cannot be read, what is due of the month by now counts as used:
/// neither a month's budget again, nor none.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed class DataBudget
{
    private const int SavesPerBudget = 1000;
    private const int MonthsPerYear = 12;

    private static readonly TimeSpan SaveInterval = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly long budgetBytes;
    private readonly DataUsageFile file;
    private readonly GatewayClock clock;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly bool isUnreadable;
    private DataUsage? usage;
    private DataUsage? saved;
    private long savedAt;
    private long counted;
    private int step;
    private string? failure;
    private double? backlogRate;

    /// <summary>Begins with what the file says.</summary>
    /// <param name="budgetBytes">The month's budget, bytes, 1 or more.</param>
    /// <param name="file">Keeps what is used.</param>
    /// <param name="clock">Says which month it is.</param>
    /// <param name="time">For the hour.</param>
    /// <param name="log">The journal.</param>
    public DataBudget(long budgetBytes, DataUsageFile file, GatewayClock clock, TimeProvider time, ILogger log)
    {
        this.budgetBytes = budgetBytes;
        this.file = file;
        this.clock = clock;
        this.time = time;
        this.log = log;
        saved = usage = file.Read(out var unreadable);
        isUnreadable = unreadable is not null;
        savedAt = time.GetTimestamp();
        if (unreadable is not null)
        {
            log.LogWarning(
                "uplink: {File} cannot be read: {Reason}; of the data budget as much counts as used as of the month is over",
                file.Path,
                unreadable);
        }
    }

    /// <summary>The budget, bytes.</summary>
    public long BudgetBytes => budgetBytes;

    /// <summary>Used in this month, bytes.</summary>
    public long MonthBytes
    {
        get
        {
            lock (gate)
            {
                return usage?.Bytes ?? counted;
            }
        }
    }

    /// <summary>The step of thrift, see <see cref="BudgetPlan"/>.</summary>
    public int Step
    {
        get
        {
            lock (gate)
            {
                return step;
            }
        }
    }

    /// <summary>How many bytes a second the backlog may take; null for no limit.</summary>
    public double? BacklogRate
    {
        get
        {
            lock (gate)
            {
                return backlogRate;
            }
        }
    }

    /// <summary>Takes note of what has crossed the link.</summary>
    /// <param name="totalBytes">Both ways since the process started, no less than the last time.</param>
    /// <returns>Whether the budget has just been used up.</returns>
    public bool Note(long totalBytes)
    {
        var now = clock.Now();
        lock (gate)
        {
            var more = totalBytes - counted;
            counted = totalBytes;
            var before = step;
            if (now.Trust is null)
            {
                usage = usage is { } last ? last with { Bytes = last.Bytes + more } : null;
            }
            else
            {
                Count(more, DateTimeOffset.FromUnixTimeMilliseconds(now.WallMs));
            }

            Save(isLast: false);
            return step == BudgetPlan.Spent && before != BudgetPlan.Spent;
        }
    }

    /// <summary>Writes what is used, where it has changed.</summary>
    public void Save()
    {
        lock (gate)
        {
            Save(isLast: true);
        }
    }

    private void Count(long more, DateTimeOffset now)
    {
        var first = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var length = first.AddMonths(1) - first;
        var share = (now - first) / length;
        usage = Use((now.Year * MonthsPerYear) + now.Month - 1, share, more);
        var used = usage.Value.Bytes;
        var next = BudgetPlan.Step(used, budgetBytes, share, step);
        if (next != step)
        {
            Tell(next, used);
            step = next;
        }

        backlogRate = BudgetPlan.BacklogRate(step, budgetBytes - used, length * (1 - share));
    }

    private DataUsage Use(int month, double share, long more)
    {
        if (usage is { } last && last.Month == month)
        {
            return last with { Bytes = last.Bytes + more };
        }

        if (usage is null)
        {
            // All that this process has sent, and of what it cannot know the share that was due.
            return new DataUsage(month, (isUnreadable ? (long)(budgetBytes * share) : 0) + counted);
        }

        if (usage.Value.Month < month)
        {
            return new DataUsage(month, more);
        }

        log.LogWarning(
            "uplink: {File} is of a month that is still to come; of the data budget as much counts as used as of the month is over",
            file.Path);
        return new DataUsage(month, (long)(budgetBytes * share) + more);
    }

    private void Tell(int next, long used)
    {
        if (next == BudgetPlan.Spent)
        {
            log.LogWarning(
                "uplink: the data budget of this month is used up ({Used} of {Budget} bytes): until the next only urgent records and events go, all others are kept; raise data_budget in [uplink] where that is too little",
                used,
                budgetBytes);
        }
        else
        {
            log.LogInformation(
                "uplink: {Used} of {Budget} bytes of the month's data budget are used; live records gather for {Interval} at least",
                used,
                budgetBytes,
                Units.Text(BudgetPlan.Interval(next)));
        }
    }

    private void Save(bool isLast)
    {
        if (usage is not { } now || now == saved)
        {
            return;
        }

        var grown = now.Bytes - (saved is { } last && last.Month == now.Month ? last.Bytes : long.MinValue / 2);
        if (!isLast && grown < budgetBytes / SavesPerBudget && time.GetElapsedTime(savedAt) < SaveInterval)
        {
            return;
        }

        var before = failure;
        failure = file.Write(now);
        savedAt = time.GetTimestamp();
        saved = now;
        if (failure is not null && failure != before)
        {
            log.LogWarning("uplink: {File} cannot be written: {Reason}; what is used is forgotten at the next start", file.Path, failure);
        }
    }
}
