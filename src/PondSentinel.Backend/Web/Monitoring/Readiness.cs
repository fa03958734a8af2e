using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Web.Monitoring;

/// <summary>Whether the backend can do its work now: its state, its store, its broker, and ingest between them.</summary>
/// <remarks>It waits for nobody longer than <see cref="AnswerWithin"/>, and asks again at most each <see cref="Kept"/>, however many
/// ask. Thread-safe.</remarks>
/// <param name="store">The store that ingest writes to.</param>
/// <param name="link">The connection to the broker.</param>
/// <param name="ingest">Whether ingest goes on.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
internal sealed class Readiness(
    WatchedStore store, IBrokerLink link, IngestGauge ingest, Func<SqliteConnection> open, TimeProvider time) : IDisposable
{
    /// <summary>Longest wait for the store's answer.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    /// <summary>How long an answer holds.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    /// <summary>How long a write may go untaken before ingest counts as behind.</summary>
    public static readonly TimeSpan PendingMax = TimeSpan.FromMinutes(1);

    /// <summary>How long ingest may do nothing while it is connected: it notes each minute that it listens.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(3);

    private readonly SemaphoreSlim gate = new(1);
    private (ReadinessReport Report, long At)? known;

    /// <summary>What is now, or was a moment ago.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (known is not { } kept || time.GetElapsedTime(kept.At) >= Kept)
            {
                var report = new ReadinessReport(
                    new Dictionary<string, PartReport>(StringComparer.Ordinal)
                    {
                        ["state"] = PartReport.Of(State()),
                        ["store"] = PartReport.Of(await StoreAsync(cancellationToken)),
                        ["broker"] = PartReport.Of(Broker()),
                        ["ingest"] = PartReport.Of(Ingest()),
                    });
                known = kept = (report, time.GetTimestamp());
            }

            return kept.Report;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private string? State()
    {
        try
        {
            using var connection = open();
            using var transaction = connection.BeginTransaction(deferred: true);
            transaction.Query("SELECT created_ms FROM state_database", reader => reader.GetInt64(0));
            return null;
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return e.Message;
        }
    }

    private async Task<string?> StoreAsync(CancellationToken cancellationToken)
    {
        if (store.Standing.Trouble is { } trouble)
        {
            return trouble;
        }

        using var deadline = new CancellationTokenSource(AnswerWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await store.PingAsync(either.Token);
            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {AnswerWithin.TotalSeconds} s");
        }
    }

    private string? Broker() => link.ConnectedSince is null ? "no connection to the broker; the journal says why" : null;

    private string? Ingest()
    {
        if (store.Standing.PendingSince is { } since && time.GetUtcNow() - since is var pending && pending > PendingMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"values have waited for the store for {pending.TotalSeconds:0} s; nothing is lost: gateways keep what is not acknowledged");
        }

        return link.ConnectedSince is not null && ingest.Idle > IdleMax
            ? string.Create(CultureInfo.InvariantCulture, $"ingest has not turned for {ingest.Idle.TotalSeconds:0} s; restart the backend, and keep its journal")
            : null;
    }
}

/// <summary>What <c>GET /readyz</c> says.</summary>
/// <param name="Parts">By name: <c>state store broker ingest</c>.</param>
internal sealed record ReadinessReport(IReadOnlyDictionary<string, PartReport> Parts)
{
    /// <summary>Whether all parts are.</summary>
    public bool Ready => Parts.Values.All(part => part.Ready);

    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReadinessJson.Lines.ReadinessReport);
}

/// <summary>A part of the backend.</summary>
/// <param name="Ready">Whether it works.</param>
/// <param name="Detail">What is wrong; null where nothing is.</param>
internal sealed record PartReport(bool Ready, string? Detail)
{
    /// <summary>A part by what is wrong with it.</summary>
    /// <param name="fault">What; null for nothing.</param>
    public static PartReport Of(string? fault) => new(fault is null, fault);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class ReadinessJson : JsonSerializerContext
{
    public static ReadinessJson Lines => field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
