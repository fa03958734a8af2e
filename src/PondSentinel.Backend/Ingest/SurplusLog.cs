using PondSentinel.Backend.Broker;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Ingest;

/// <summary>Counts and tells of what the inbox has let go.</summary>
/// <param name="parts">What it works with.</param>
internal sealed class SurplusLog(IngestParts parts)
{
    /// <summary>Takes note of what was let go since the last time.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        var surplus = parts.Inbox.TakeSurplus();
        if (surplus.Count == 0)
        {
            return;
        }

        await parts.State.CommitAsync(
            transaction =>
            {
                var tables = new IngestTables(transaction);
                foreach (var (gateway, cause, messages) in surplus)
                {
                    tables.CountRefused(gateway, TokenOf(cause), messages);
                }
            },
            null,
            cancellationToken);
        foreach (var (gateway, cause, messages) in surplus)
        {
            parts.Refusals.Note(
                gateway, TokenOf(cause), $"{DetailOf(cause)}; what is let go has no receipt, so it comes again", messages);
        }
    }

    private static string TokenOf(SurplusCause cause) => cause switch
    {
        SurplusCause.Rate => "rate",
        SurplusCause.Day => "day",
        _ => "busy",
    };

    private string DetailOf(SurplusCause cause) => cause switch
    {
        SurplusCause.Rate =>
            $"it sends more than {Units.Text(parts.Inbox.Quota.BytesPerSecond)} a second; find out why, or raise rate in [quota]",
        SurplusCause.Day =>
            $"it has sent more than {Units.Text(parts.Inbox.Quota.BytesPerDay)} within a day; find out why, or raise day in [quota]",
        _ => "more waits than there is room for; the store or the disk is too slow",
    };
}
