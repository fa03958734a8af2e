using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Tells of calibrations: every record, every file that cannot be read, and what is due or overdue, each once, as an event of
/// type <c>cal</c>.</summary>
/// <remarks>An event is noted as told after it is durable, so a power cut may have one told twice, never none. What is due needs a
/// trusted clock. Not thread-safe.</remarks>
/// <param name="book">The calibrations.</param>
/// <param name="told">What has been told.</param>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="time">For waiting.</param>
/// <param name="log">The journal.</param>
internal sealed class CalibrationReport(
    CalibrationBook book, CalibrationTold told, RecordSink sink, GatewayClock clock, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, HourlyAllowance> allowances = new(StringComparer.Ordinal);
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Tells until it is told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        void Note(CalibrationRecord record) => changes.Writer.TryWrite(true);
        book.Added += Note;
        try
        {
            while (true)
            {
                await TellAsync(cancellationToken);
                using var look = new CancellationTokenSource(LookInterval, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(look.Token, cancellationToken);
                await ((Task)changes.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                changes.Reader.TryRead(out _);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            book.Added -= Note;
        }
    }

    /// <summary>Tells what has not been told.</summary>
    /// <param name="cancellationToken">Gives up waiting for the card: what was not noted is told again.</param>
    internal async Task TellAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now();
        List<Telling> all = [.. Records(), .. Damaged(), .. Due(now)];
        List<string> done = [];
        List<Task> durable = [];
        foreach (var telling in all.Where(telling => !told.Has(telling.Line)))
        {
            if (telling.Device is { } device && !MayTell(device, now))
            {
                continue;
            }

            durable.Add(sink.AppendEvent("cal", telling.Device, now, telling.Body).Durable);
            done.Add(telling.Line);
            telling.Say();
        }

        if (done.Count == 0)
        {
            return;
        }

        // An event that never gets to the card is accounted for as lost; it is not told again.
        await Task.WhenAll(durable).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (told.Note(done, all.Select(telling => telling.Line).ToHashSet(StringComparer.Ordinal).Contains) is { } failure)
        {
            log.LogWarning("what was told of calibrations cannot be noted, so a restart tells it again: {Why}", failure);
        }
    }

    private static string LineOf(CalibrationRecord record) => $"record {record.Id}";

    private static string LineOf(DamagedCalibration damaged) => $"damaged {damaged.File}";

    private static string LineOf(CalibrationRecord record, DueState state) => $"{TokenOf(state)} {record.Device}.{record.Channel} {record.Id}";

    private static string TokenOf(DueState state) => state == DueState.Overdue ? "overdue" : "due";

    // What is too much waits for the next hour: it is told, not counted.
    private bool MayTell(string device, ClockReading now)
    {
        if (!allowances.TryGetValue(device, out var allowance))
        {
            allowances.Add(device, allowance = new HourlyAllowance());
        }

        allowance.TakeRefused(now.BootTime);
        return allowance.TryTake(now.BootTime);
    }

    private IEnumerable<Telling> Records() => book.Records.Select(stored => new Telling(
        LineOf(stored.Record),
        stored.Record.Device,
        EventJson.Of(0, json =>
        {
            json.WriteString("what", "record");
            json.WritePropertyName("record");
            json.WriteRawValue(CalibrationCodec.Encode(stored.Record));
        }),
        () => log.LogInformation(
            "{Device}.{Channel}: calibration {Id} by {By} {Outcome}",
            stored.Record.Device, stored.Record.Channel, stored.Record.Id, stored.Record.By,
            stored.Record.IsAccepted ? "accepted" : $"refused: {string.Join("; ", stored.Record.Reasons)}")));

    private IEnumerable<Telling> Damaged() => book.Damaged.Select(file => new Telling(
        LineOf(file),
        file.Place?.Device,
        EventJson.Of(0, json =>
        {
            json.WriteString("what", "damaged");
            json.WriteString("file", EventJson.Cut(file.File));
            json.WriteString("detail", EventJson.Cut(file.Why));
        }),
        () => log.LogError("{Damaged}", file.ToString())));

    private IEnumerable<Telling> Due(ClockReading now)
    {
        if (now.Trust is null)
        {
            yield break;
        }

        var records = book.Records;
        foreach (var record in book.Channels.Select(channel => channel.NewestOf(records)?.Record).OfType<CalibrationRecord>())
        {
            var state = CalibrationInterval.StateOf(record.TimeMs, record.DueMs, now.WallMs);
            if (state == DueState.Good)
            {
                continue;
            }

            yield return new Telling(
                LineOf(record, state),
                record.Device,
                EventJson.Of(0, json =>
                {
                    json.WriteString("what", TokenOf(state));
                    json.WriteString("channel", record.Channel);
                    json.WriteString("id", record.Id);
                    json.WriteNumber("due", record.DueMs!.Value);
                }),
                () => log.LogWarning(
                    "{Device}.{Channel}: its calibration {Id} is {State}: the date is {Due}",
                    record.Device, record.Channel, record.Id, TokenOf(state),
                    DateTimeOffset.FromUnixTimeMilliseconds(record.DueMs!.Value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
        }
    }

    // What is to be told: how it is noted, of which device, as an event, and to the journal.
    private sealed record Telling(string Line, string? Device, byte[] Body, Action Say);
}
