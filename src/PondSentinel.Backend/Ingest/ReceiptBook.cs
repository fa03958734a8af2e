using Microsoft.Data.Sqlite;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Decides when a gateway is told of an epoch, and what. The rules stand in README.md of this folder.</summary>
/// <remarks>What it says is read from the tables at that moment, so a receipt can never run ahead of a commit. Its memory is
/// only of when; after a restart gateways ask by their state.</remarks>
/// <param name="backendId">Who speaks.</param>
/// <param name="createdMs">The database's creation: UTC ms since 1970.</param>
/// <param name="numbers">Gives them their numbers.</param>
/// <param name="dictionaries">What gateways may pack with.</param>
/// <param name="time">The clock.</param>
internal sealed class ReceiptBook(
    string backendId, long createdMs, ReceiptNumbers numbers, DictionaryBook dictionaries, TimeProvider time)
{
    private const int AtOnceBytes = 64 * 1024;

    // A round goes out before the next: who asks for hundreds of epochs must not keep the others waiting.
    private const int OfOneAtOnce = 16;

    // Of one gateway; beyond it its oldest are forgotten, and it asks again by its state.
    private const int AccountsMax = 512;

    private static readonly TimeSpan OnChange = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileUnsettled = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HeardWithin = TimeSpan.FromDays(1);
    private static readonly TimeSpan RefusalsRepeated = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Gateway, string Epoch), Account> accounts = [];
    private readonly Dictionary<string, TimeSpan> patience = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Site, long HeardAt)> homes = new(StringComparer.Ordinal);

    // By then a gateway that is connected has had many receipts, and one that was not has told by its state what it believes. To one
    // to which bytes are dear few go out in an hour, and without an answer that they have arrived.
    private const int UnusedToldAtLeast = 8;
    private static readonly TimeSpan UnusedTold = TimeSpan.FromHours(1);
    private readonly Dictionary<string, (long From, int Times)> unusedTold = new(StringComparer.Ordinal);

    /// <summary>Notes where a gateway is: that is where it listens.</summary>
    public void Hear(Topic topic)
    {
        // A backlog goes out under the site it was taken at, which the gateway may have left.
        var site = topic.Kind == TopicKind.DataBack && homes.TryGetValue(topic.Gateway, out var home) ? home.Site : topic.Site;
        homes[topic.Gateway] = (site, time.GetTimestamp());
    }

    /// <summary>A gateway tells by its state how long receipts may wait, because bytes are dear to it.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="seconds">How long, s; null where they are not dear.</param>
    public void Spare(string gateway, int? seconds)
    {
        if (seconds is { } wait)
        {
            patience[gateway] = TimeSpan.FromSeconds(wait);
        }
        else
        {
            patience.Remove(gateway);
        }
    }

    /// <summary>A gateway asks by its state.</summary>
    public void Ask(string gateway, string epoch) => Of(gateway, epoch).IsAsked = true;

    /// <summary>A gateway tells the newest receipt it believes. Where this database did not give it, it was set back: the
    /// gateway's generation is raised, and its next inventory draws the line anew.</summary>
    /// <param name="transaction">The transaction that keeps that.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="believed">What it believes.</param>
    /// <returns>What to tell people; null where all is as it should be.</returns>
    public string? Compare(SqliteTransaction transaction, string gateway, BelievedReceipt believed)
    {
        var generations = new GenerationBook(transaction, createdMs);
        var own = generations.Of(gateway);
        if (!string.Equals(believed.By, backendId, StringComparison.Ordinal)
            || believed.Generation < own
            || (believed.Generation == own && numbers.IsOurs(transaction, gateway, believed.Number)))
        {
            if (believed.Generation == own && string.Equals(believed.By, backendId, StringComparison.Ordinal))
            {
                ReceiptNumbers.Believe(transaction, gateway, believed.Number);
            }

            return null;
        }

        if (!generations.TryRaise(gateway, believed.Generation, time.GetUtcNow()))
        {
            return $"it claims a receipt of generation {believed.Generation}, above which there is none: it can be told nothing any more; give its buffer a new folder";
        }

        new IngestTables(transaction).ForgetInventories(gateway);
        return $"it has receipt {believed.Number} of generation {believed.Generation}, which this database does not know: the database was set back. What the gateway still holds is asked for again";
    }

    /// <summary>Something of an epoch was settled, or sent again.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="bytes">Bytes of the messages that were settled.</param>
    public void Change(string gateway, string epoch, int bytes)
    {
        var account = Of(gateway, epoch);
        (account.IsChanged, account.Bytes) = (true, account.Bytes + bytes);
    }

    /// <summary>The receipts that are due, with their topics.</summary>
    /// <param name="transaction">The transaction that keeps their numbers; only once it has committed may they go out.
    /// </param>
    public List<(Topic Topic, Receipt Receipt)> Due(SqliteTransaction transaction)
    {
        var tables = new IngestTables(transaction);
        return
        [
            .. accounts
                .Where(pair => IsDue(pair.Key.Gateway, pair.Value))
                .GroupBy(pair => pair.Key.Gateway)
                .SelectMany(own => own.OrderBy(pair => pair.Value.GivenAt ?? long.MinValue).Take(OfOneAtOnce))
                .Select(pair => pair.Key)
                .Select(key => (
                    new Topic(homes[key.Gateway].Site, key.Gateway, TopicKind.Ack),
                    Compose(transaction, tables, key.Gateway, key.Epoch))),
        ];
    }

    /// <summary>Whether a receipt is due.</summary>
    public bool IsAnyDue => accounts.Any(pair => IsDue(pair.Key.Gateway, pair.Value));

    /// <summary>The transaction of <see cref="Due"/> has committed and the receipt goes out.</summary>
    public void Give(string gateway, Receipt receipt)
    {
        var account = Of(gateway, receipt.Epoch);
        (account.IsAsked, account.IsChanged, account.Bytes) = (false, false, 0);
        account.GivenAt = time.GetTimestamp();
        account.IsUnsettled = receipt.Gaps.Count > 0 || receipt.Events?.Gaps.Count > 0;
    }

    /// <summary>It did not reach the broker: it is due again.</summary>
    public void Fail(string gateway, Receipt receipt)
    {
        Of(gateway, receipt.Epoch).IsChanged = true;

        // It has not been told.
        unusedTold.Remove(gateway);
    }

    /// <summary>The transaction of <see cref="Due"/> did not commit: the numbers it reserved are not ours.</summary>
    public void ForgetNumbers() => numbers.Forget();

    private bool IsDue(string gateway, Account account)
    {
        if (!homes.TryGetValue(gateway, out var home))
        {
            return false;
        }

        var now = time.GetTimestamp();
        var since = account.GivenAt is { } givenAt ? time.GetElapsedTime(givenAt, now) : TimeSpan.MaxValue;
        var wait = patience.GetValueOrDefault(gateway);
        return account.IsAsked
            || account.Bytes >= AtOnceBytes
            || (account.IsChanged && since >= Later(OnChange, wait))
            || (account.IsUnsettled && since >= Later(WhileUnsettled, wait) && time.GetElapsedTime(home.HeardAt, now) < HeardWithin);
    }

    private Receipt Compose(SqliteTransaction transaction, IngestTables tables, string gateway, string epoch)
    {
        var row = tables.Find(gateway, epoch);
        var (upTo, gaps) = Ranges.Account(row is null ? [] : tables.Settled(row.Id, Sequence.Records), Receipt.GapsMax);
        var (eventsUpTo, eventGaps) =
            Ranges.Account(row is null ? [] : tables.Settled(row.Id, Sequence.Events), Receipt.GapsMax);
        var since = (time.GetUtcNow() - RefusalsRepeated).ToUnixTimeMilliseconds();
        return new Receipt
        {
            By = backendId,
            Generation = new GenerationBook(transaction, createdMs).Of(gateway),
            Number = numbers.Next(transaction, gateway),
            Epoch = epoch,
            UpTo = upTo,
            Gaps = gaps,
            Rejected = row is null ? [] : tables.Refused(row.Id, since, Receipt.RejectedMax),
            Unused = Unused(transaction, gateway),
            Dictionary = patience.ContainsKey(gateway) ? dictionaries.NewestOf(gateway) : null,
            Events = eventsUpTo < 0 ? null : new EventReceipt(eventsUpTo, eventGaps)
            {
                Rejected = new EventBook(transaction, tables).Refused(row!.Id, since, EventReceipt.RejectedMax),
            },
        };
    }

    private IReadOnlyList<SequenceRange> Unused(SqliteTransaction transaction, string gateway)
    {
        var now = time.GetTimestamp();
        var (from, times) = unusedTold.GetValueOrDefault(gateway, (now, 0));
        unusedTold[gateway] = (from, Math.Min(times + 1, UnusedToldAtLeast + 1));
        return times < UnusedToldAtLeast || time.GetElapsedTime(from, now) < UnusedTold ? numbers.Unused(transaction, gateway) : [];
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private Account Of(string gateway, string epoch)
    {
        if (!accounts.TryGetValue((gateway, epoch), out var account))
        {
            var own = accounts.Where(pair => pair.Key.Gateway == gateway).ToList();
            if (own.Count >= AccountsMax)
            {
                accounts.Remove(own.MinBy(pair => pair.Value.GivenAt ?? long.MinValue).Key);
            }

            accounts[(gateway, epoch)] = account = new Account();
        }

        return account;
    }

    private sealed class Account
    {
        public bool IsAsked { get; set; }

        public bool IsChanged { get; set; }

        public bool IsUnsettled { get; set; }

        public int Bytes { get; set; }

        public long? GivenAt { get; set; }
    }
}
