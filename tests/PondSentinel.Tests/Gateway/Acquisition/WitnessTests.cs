using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class WitnessTests
{
    [Fact]
    public async Task Line_appears_when_the_record_is_durable_and_not_before()
    {
        await using var output = new StringWriter();
        var durable = new TaskCompletionSource();
        await using (var witness = new Witness(output))
        {
            witness.Note(Record(7.1, null), new AppendTicket(new RecordId("abcdefgh", 5), durable.Task));
            Assert.Equal("", output.ToString());
            durable.SetResult();
        }

        Assert.Equal("abcdefgh 5 1767225600000 pond1 ph=7.1 nh4n=null\n", output.ToString());
    }

    [Fact]
    public async Task Record_that_never_became_durable_has_no_line_and_hides_none_after_it()
    {
        await using var output = new StringWriter();
        await using (var witness = new Witness(output))
        {
            witness.Note(
                Record(1, 1), new AppendTicket(new RecordId("abcdefgh", 0), Task.FromException(new IOException("card"))));
            witness.Note(Record(0.1 + 0.2, 1e-7), new AppendTicket(new RecordId("abcdefgh", 1), Task.CompletedTask));
        }

        Assert.Equal("abcdefgh 1 1767225600000 pond1 ph=0.30000000000000004 nh4n=1E-07\n", output.ToString());
    }

    [Fact]
    public async Task Ticket_of_a_buffer_that_failed_holds_up_no_end()
    {
        await using var output = new StringWriter();
        var witness = new Witness(output);
        witness.Note(
            Record(1, 1), new AppendTicket(new RecordId("abcdefgh", 0), new TaskCompletionSource().Task));

        await witness.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task Time_of_a_record_that_waits_for_it_is_a_dash()
    {
        await using var output = new StringWriter();
        await using (var witness = new Witness(output))
        {
            var record = Record(7, null);
            witness.Note(
                record with { Clock = record.Clock with { Trust = null } },
                new AppendTicket(new RecordId("abcdefgh", 0), Task.CompletedTask));
        }

        Assert.Equal("abcdefgh 0 - pond1 ph=7 nh4n=null\n", output.ToString());
    }

    private static BufferedRecord Record(double? ph, double? ammonium) => new()
    {
        Site = "zudong",
        Schema = "9f3c01d2",
        Station = "pond-a",
        Device = "pond1",
        Clock = new ClockReading(
            Guid.Empty, TimeSpan.FromSeconds(1), 1_767_225_600_000, new ClockStamp(ClockSource.Ntp, 1)),
        Channels =
        [
            new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = ph, Flag = QualityFlag.Good },
            new ChannelValue { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = ammonium, Flag = QualityFlag.Good },
        ],
    };
}
