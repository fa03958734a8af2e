using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Moves what the buffer has over one link: events, live records and backlog, each in a loop of its own, one message
/// of each at a time.</summary>
/// <remarks>
/// <para>A record is marked as sent before it is: its receipt may be here before the broker's answer, and is then no riddle.
/// Where the broker has not taken it, it goes back into the buffer's lanes at once.</para>
/// <para>What is learnt, the sizes and pauses, outlives a link; hence one instance for all of them.</para>
/// </remarks>
internal sealed class Lanes
{
    // Whose packing is broken, on its way or by itself, cannot be settled by the backend, which does not know its numbers.
    private const int TimesPacked = 2;

    // A backend that has lost its memory since it said that it has the dictionary cannot unpack what it comes by.
    private const int TimesWithDictionary = 1;

    private readonly UplinkRoom room;
    private readonly SentBooks books;
    private readonly UplinkTally tally;
    private readonly LanePause eventPause;
    private readonly LanePause livePause;
    private readonly SitesAside aside;
    private readonly UplinkReport report;
    private readonly RunSize liveSize = new(Batch.SentBytesMax);
    private readonly RunSize backlogSize = new(Batch.SentBytesMax);
    private readonly BacklogPace pace;
    private readonly LiveGather gather;
    private (string? Epoch, long First) live;

    /// <summary>Prepares the lanes.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    /// <param name="books">What was sent.</param>
    /// <param name="tally">What is counted.</param>
    public Lanes(UplinkRoom room, SentBooks books, UplinkTally tally)
    {
        this.room = room;
        this.books = books;
        this.tally = tally;
        eventPause = new LanePause(room.Time, room.Log);
        livePause = new LanePause(room.Time, room.Log);
        aside = new SitesAside(room);
        report = new UplinkReport(room);
        pace = new BacklogPace(BacklogRate, room.Time);
        gather = new LiveGather(room.Thrift, room.Urgent, room.Time);
    }

    /// <summary>Ends the pauses in which nobody had subscribed: the backend is there.</summary>
    public void Lift()
    {
        eventPause.LiftUnheard();
        livePause.LiftUnheard();
        aside.LiftUnheard();
    }

    /// <summary>Puts back into the lane what waited aside for long enough; to be called every second or so.</summary>
    public void ReleaseAside() => aside.Release();

    /// <summary>Draws the line between live and backlog.</summary>
    public void StartLive()
    {
        var epoch = room.Buffer.Epoch;
        live = (epoch, room.Buffer.Inventory.FirstOrDefault(held => held.Epoch == epoch).Last + 1);
        room.Buffer.StartLive();
    }

    /// <summary>Sends events until told to stop.</summary>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Tells it to stop, or that the link is lost; ends the task as cancelled.</param>
    public async Task SendEventsAsync(StatedLink link, CancellationToken cancellationToken)
    {
        while (true)
        {
            var entry = await room.Buffer.NextEventAsync(cancellationToken);
            if (!eventPause.IsOver)
            {
                await eventPause.WaitAsync(cancellationToken);
                continue;
            }

            await SendAsync(link, entry, cancellationToken);
        }
    }

    /// <summary>Sends live records until told to stop.</summary>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Tells it to stop, or that the link is lost; ends the task as cancelled.</param>
    public async Task SendLiveAsync(StatedLink link, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Before it is looked whether something cannot wait: what is noted in between is not missed.
            var noted = room.Urgent.Next;
            var count = room.Thrift.IsSpent ? 1 : liveSize.Count;
            var run = await room.Buffer.NextAsync(Lane.Live, count, cancellationToken);
            if (!livePause.IsOver)
            {
                await livePause.WaitAsync(cancellationToken);
            }
            else if (gather.IsDue(run))
            {
                await SendAsync(link, run, Lane.Live, cancellationToken);
            }
            else if (room.Thrift.IsSpent && gather.FirstUrgent(run) is { } urgent)
            {
                LeaveToBacklog(run, urgent);
            }
            else
            {
                await gather.WaitAsync(noted, cancellationToken);
            }
        }
    }

    // What stands before the urgent one would go out with it.
    private void LeaveToBacklog(RecordRun run, long urgent)
    {
        var range = run.Range with { Last = Math.Min(run.Range.Last, urgent - 1) };
        room.Buffer.MarkSent(run.Epoch, range);
        room.Buffer.Requeue(run.Epoch, range);
    }

    // A backlog of this process that holds something urgent, because the link was away, goes on whatever it costs.
    private double? BacklogRate() =>
        room.Thrift.IsSpent && live.Epoch is { } epoch && room.Urgent.From(epoch, 0) < live.First
            ? room.Options.BacklogBytesPerSecond
            : room.Thrift.BacklogRate;

    /// <summary>Sends backlog until told to stop.</summary>
    /// <param name="link">The link.</param>
    /// <param name="cancellationToken">Tells it to stop, or that the link is lost; ends the task as cancelled.</param>
    public async Task SendBacklogAsync(StatedLink link, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Whatever had to be waited for, the run may be another one afterwards: it is taken again.
            var run = await room.Buffer.NextAsync(Lane.Backlog, backlogSize.Count, cancellationToken);
            if (aside.Holds(run.Site) && run.Epoch != room.Buffer.Epoch)
            {
                aside.Put(run);
            }
            else if (aside.Holds(run.Site))
            {
                await aside.WaitAsync(run.Site, cancellationToken);
            }
            else if (!books.Records.HasRoom(backlogSize.Bytes, room.Options.Window))
            {
                await books.Records.WaitForRoomAsync(backlogSize.Bytes, room.Options.Window, cancellationToken);
            }
            else if (!pace.IsDue)
            {
                await pace.WaitAsync(cancellationToken);
            }
            else
            {
                await SendAsync(link, run, Lane.Backlog, cancellationToken);
            }
        }
    }

    private async Task SendAsync(StatedLink link, RecordRun run, Lane lane, CancellationToken cancellationToken)
    {
        var (size, priority, kind) = lane == Lane.Live
            ? (liveSize, SendPriority.Live, TopicKind.DataLive)
            : (backlogSize, SendPriority.Backlog, TopicKind.DataBack);
        var offeredMax = size.Count;
        if (MakeBatch(link, run, size) is not { } batch)
        {
            return;
        }

        var (range, payload) = batch;

        await link.StateAsync(cancellationToken);
        var message = new OutgoingMessage(new Topic(run.Site, room.Gateway, kind).ToString(), payload);
        var answer = await link.PublishAsync(message, priority, cancellationToken, () =>
        {
            room.Buffer.MarkSent(run.Epoch, range);
            books.Records.NoteSent(run.Epoch, range, lane == Lane.Backlog ? payload.Length : 0);
        });
        if (lane == Lane.Backlog)
        {
            pace.Note(payload.Length);
        }

        size.NoteAnswer(answer.Outcome == SendOutcome.Lost ? null : answer.Took);
        if (answer.Outcome == SendOutcome.Taken)
        {
            room.Urgent.NoteTaken(run.Epoch, range);
            if (lane == Lane.Live)
            {
                gather.NoteTaken(hasMore: range != run.Range || run.Range.Count >= offeredMax);
            }

            EndPause(lane, run.Site);
            SettleByTheBroker(run.Epoch, range, null);
            return;
        }

        books.Records.TakeBack(run.Epoch, range);
        if (lane == Lane.Live)
        {
            live = live with { First = Math.Max(live.First, range.Last + 1) };
        }

        if (answer.Outcome != SendOutcome.Lost)
        {
            BeginPause(lane, run.Site, answer, message.Topic);
        }

        room.Buffer.Requeue(run.Epoch, range);
    }

    private void EndPause(Lane lane, string site)
    {
        if (lane == Lane.Live)
        {
            livePause.Lift();
        }
        else
        {
            aside.End(site);
        }
    }

    private void BeginPause(Lane lane, string site, SendAnswer answer, string topic)
    {
        if (lane == Lane.Live)
        {
            livePause.Begin(answer, topic);
        }
        else
        {
            aside.Begin(site, answer, topic);
        }

        if (answer.Outcome == SendOutcome.Refused)
        {
            report.Fault("refused", $"{topic}: {answer.Why}");
        }
    }

    private void SettleByTheBroker(string epoch, SequenceRange? records, SequenceRange? events)
    {
        if (room.Options.Delivery == Delivery.Broker)
        {
            var receipt = BrokerReceipt.Of(epoch, records, events);
            room.Buffer.Apply(receipt);
            books.Settle(receipt);
        }
    }

    private (SequenceRange Range, byte[] Payload)? MakeBatch(StatedLink link, RecordRun run, RunSize size)
    {
        var limit = (int)Math.Min(Batch.SentBytesMax, link.PacketBytesMax - Courier.PacketOverheadMax);
        var times = books.Records.TimesUnsettled(run.Epoch, run.Range);
        var packing = new BatchPacking(times < TimesPacked, times < TimesWithDictionary ? room.Dictionary.Agreed : null);
        var made = RunBatch.Make(run, room.Gateway, Math.Min(size.Bytes, limit), packing);
        if (made.Payload is null && size.Bytes < limit)
        {
            // Too large for the small messages of a slow link, but perhaps not for the limit.
            made = RunBatch.Make(run, room.Gateway, limit, packing);
        }

        if (made.Payload is null)
        {
            PassOver(run.Epoch, made);
            return null;
        }

        size.NoteBuilt(run.Range.Count, made.Range.Count, made.Payload.Length);
        return (made.Range, made.Payload);
    }

    // Held back for ever it would hold back all behind it. It stays unsettled, so it is not given up either.
    private void PassOver(string epoch, MadeBatch made)
    {
        tally.CountUnsendable();
        room.Buffer.MarkSent(epoch, made.Range);
        room.Log.LogError(
            "uplink: record {First} of epoch {Epoch} cannot be sent: {Fault}; it stays in the buffer, tell the makers",
            made.Range.First,
            epoch,
            made.Fault);
    }

    private async Task SendAsync(StatedLink link, EventEntry entry, CancellationToken cancellationToken)
    {
        var range = new SequenceRange(entry.Number, entry.Number);
        if (Encode(entry) is not { } payload || payload.Length > link.PacketBytesMax - Courier.PacketOverheadMax)
        {
            tally.CountUnsendable();
            room.Buffer.MarkEventSent(entry.Epoch, entry.Number);
            room.Log.LogError(
                "uplink: event {Number} ({Type}) of epoch {Epoch} is larger than the broker's limit or no event; it stays in the buffer",
                entry.Number,
                entry.Event.Type,
                entry.Epoch);
            return;
        }

        await link.StateAsync(cancellationToken);
        var message = new OutgoingMessage(
            new Topic(entry.Event.Site, room.Gateway, TopicKind.Event).ToString(), payload);
        var answer = await link.PublishAsync(message, SendPriority.Event, cancellationToken, () =>
        {
            room.Buffer.MarkEventSent(entry.Epoch, entry.Number);
            books.Events.NoteSent(entry.Epoch, range, 0);
        });
        if (answer.Outcome == SendOutcome.Taken)
        {
            eventPause.Lift();
            SettleByTheBroker(entry.Epoch, null, range);
            return;
        }

        books.Events.TakeBack(entry.Epoch, range);
        if (answer.Outcome != SendOutcome.Lost)
        {
            eventPause.Begin(answer, message.Topic);
        }

        books.RequeueEvents(room.Buffer);
    }

    private byte[]? Encode(EventEntry entry)
    {
        try
        {
            return EventCodec.Encode(new EventMessage
            {
                Gateway = room.Gateway,
                Epoch = entry.Epoch,
                Number = entry.Number,
                TimeMs = entry.TimeMs,
                Clock = entry.Stamp,
                Device = entry.Event.Device,
                Type = entry.Event.Type,
                Body = JsonElement.Parse(entry.Event.Body.Span),
            });
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
