using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Tests.Sensors.Buses.ModbusRtu;

public sealed class ModbusRtuMasterTests
{
    private const string Request = "01 03 28 00 00 02 CD AB";
    private const string Reply = "01 03 04 33 33 F3 40 40 78";
    private const string OtherReply = "01 03 04 CD CC 7C 41 E4 50";
    private static readonly ModbusRequest Ph = ModbusRequest.ReadHolding(1, 0x2800, 2);
    private static readonly ModbusRequest Write = ModbusRequest.WriteSingle(1, 0x07D0, 2);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Reply_is_its_registers_and_the_line_was_silent_before_the_request()
    {
        var line = new ScriptedLine(time, _ => [(20, Reply)]);
        line.Arrive(3, "00");

        var answer = await AskAsync(new ModbusRtuMaster(line, time));

        Assert.Equal("3333F340", Registers(answer));
        Assert.Equal([53L], line.Written.Select(written => written.AtMs));
    }

    // At 9600 baud 3.5 characters are 3.6 ms, and the 8 of a request 8.3 ms.
    [Fact]
    public async Task Line_is_silent_since_its_last_byte_before_a_request_and_no_longer()
    {
        var line = new ScriptedLine(time, number => number == 3 ? [] : [(20, Reply)]);
        var master = new ModbusRtuMaster(line, time);
        var none = new ModbusPatience(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        await AskAsync(master);
        var replied = line.NowMs;

        await AskAsync(master);
        Assert.InRange(line.Written[1].AtMs - replied, 3, 4);

        time.Advance(TimeSpan.FromMilliseconds(100));
        var wanted = line.NowMs;
        Assert.Null(await master.TellAsync(ModbusRequest.Raw(2, [3, 0, 0, 0, 1], []), none, TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Equal(wanted, line.Written[2].AtMs);

        // Bytes that were handed over are on the line for a while.
        await AskAsync(master);
        Assert.InRange(line.Written[3].AtMs - wanted, 11, 12);
    }

    [Theory]
    [InlineData("echo", Request + Reply, 0)]
    [InlineData("stray byte", "00" + Reply, 1)]
    [InlineData("stray byte, echo, stray byte", "FF" + Request + "00" + Reply, 1)]
    [InlineData("late reply before the echo", OtherReply + Request + Reply, 0)]
    public async Task Reply_is_found_among_what_lines_add(string what, string bytes, int resyncs)
    {
        var master = new ModbusRtuMaster(new ScriptedLine(time, _ => [(10, bytes)]), time);

        Assert.True(Registers(await AskAsync(master)) == "3333F340", what);
        Assert.Equal((1L, resyncs, bytes.Contains(Request, StringComparison.Ordinal) ? 1L : 0L), (master.Requests, master.Resyncs, master.Echoes));
    }

    [Fact]
    public async Task Stray_byte_long_before_the_reply_does_not_end_the_waiting()
    {
        var line = new ScriptedLine(time, _ => [(5, "00"), (700, "01 03 04 33"), (740, "33 F3 40 40 78")]);

        Assert.Equal("3333F340", Registers(await AskAsync(new ModbusRtuMaster(line, time))));
    }

    [Theory]
    [InlineData("", SensorFault.NoAnswer, "no byte within 1018 ms", 1018)]
    [InlineData(Request, SensorFault.NoAnswer, "no byte but the echo of the request within 1018 ms", 1018)]
    [InlineData("00", SensorFault.NoAnswer, "nothing but stray bytes within 1018 ms: 00", 1018)]
    [InlineData("01 03 04 33", SensorFault.TimedOut, "only part of a reply of 9 bytes: 01030433", 60)]
    [InlineData("01 03 04 33 33 F3 40 40 79", SensorFault.Garbled, "the checksum is wrong: 0103043333F3404079", 60)]
    [InlineData("02 03 04 33 33 F3 40 73 78", SensorFault.Garbled, "no reply to it among 9 bytes: 0203043333F3407378", 1018)]
    [InlineData("01 83 02 C0 F1", SensorFault.Refused, "exception 02, it does not have the register", 10)]
    [InlineData("01 83 06 C1 32", SensorFault.TimedOut, "exception 06, it is busy", 10)]
    [InlineData("01 83 04 40 F3", SensorFault.DeviceFault, "exception 04, it has failed", 10)]
    public async Task Failure_says_what_came_and_does_not_wait_longer_than_it_helps(
        string bytes, SensorFault fault, string detail, int afterMs)
    {
        var line = new ScriptedLine(time, _ => [(10, bytes)]);

        var answer = await AskAsync(new ModbusRtuMaster(line, time));

        Assert.Equal(
            new Reading.Failed(fault, $"address 1, function 03, register 0x2800: {detail}"), answer.Failure);
        Assert.InRange(line.NowMs - line.Written[0].AtMs, afterMs - 1, afterMs + 1);
    }

    [Fact]
    public async Task Late_answer_is_never_taken_for_the_answer_to_the_same_question_asked_again()
    {
        var line = new ScriptedLine(time, number => number == 1 ? [(1700, OtherReply)] : [(800, Reply)]);
        var master = new ModbusRtuMaster(line, time);

        Assert.Equal(SensorFault.NoAnswer, (await AskAsync(master)).Failure?.Fault);
        Assert.Equal("3333F340", Registers(await AskAsync(master)));
    }

    [Fact]
    public async Task Answer_to_a_cancelled_question_is_not_taken_for_that_to_the_next()
    {
        using var cancelled = new CancellationTokenSource();
        var line = new ScriptedLine(time, number => number == 1 ? [(900, OtherReply)] : [(950, Reply)]);
        line.BeforeWait = () =>
        {
            if (line.Written.Count == 1)
            {
                cancelled.Cancel();
            }
        };
        var master = new ModbusRtuMaster(line, time);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await master.AskAsync(Ph, ModbusRtuMaster.DefaultTimeout, cancelled.Token));
        line.BeforeWait = null;
        Assert.Equal("3333F340", Registers(await AskAsync(master)));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("01 03 04 33", 1)]
    [InlineData("01 03 04 33 33 F3 40 40 79", 0)]
    [InlineData("01 83 02 C0 F1", 0)]
    [InlineData(Reply, 0)]
    public async Task Line_is_distrusted_where_an_answer_may_still_come(string bytes, int distrusted)
    {
        var line = new ScriptedLine(time, _ => [(10, bytes)]);

        await AskAsync(new ModbusRtuMaster(line, time));

        Assert.Equal(distrusted, line.Distrusted);
    }

    [Fact]
    public async Task Device_that_answers_late_by_its_makers_word_is_waited_for_as_long()
    {
        var line = new ScriptedLine(time, number => number == 1 ? [(4500, OtherReply)] : [(100, Reply)]);
        var master = new ModbusRtuMaster(line, time);
        var patience = new ModbusPatience(ModbusRtuMaster.DefaultTimeout, TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(200));

        await master.AskAsync(Ph, patience, TestContext.Current.CancellationToken);
        var second = await master.AskAsync(Ph, patience, TestContext.Current.CancellationToken);

        Assert.Equal("3333F340", Registers(second));
        Assert.Equal(200, line.Written[0].AtMs);
    }

    [Fact]
    public async Task Command_whose_answer_has_no_form_is_sent_and_what_comes_is_thrown_away()
    {
        var line = new ScriptedLine(time, number => number == 1 ? [(20, "01 03 00 AA BB"), (80, "CC DD")] : [(20, Reply)]);
        var master = new ModbusRtuMaster(line, time);

        Assert.Null(await master.TellAsync(
            ModbusRequest.Raw(1, [0x03, 0x2E, 0x00, 0x00, 0x01], []),
            new ModbusPatience(ModbusRtuMaster.DefaultTimeout, ModbusRtuMaster.LateMax, TimeSpan.Zero),
            TimeSpan.FromMilliseconds(100),
            TestContext.Current.CancellationToken));
        Assert.Equal("01032E0000018D22", Convert.ToHexString(line.Written[0].Bytes));
        Assert.Equal("3333F340", Registers(await AskAsync(master)));
        Assert.InRange(line.NowMs, 100, 250);
    }

    [Fact]
    public async Task Silent_device_keeps_only_itself_waiting()
    {
        var line = new ScriptedLine(time, number => number == 1 ? [] : [(20, "02 03 04 33 33 F3 40 73 78")]);
        var master = new ModbusRtuMaster(line, time);
        await AskAsync(master);
        var before = line.NowMs;

        var neighbour = await master.AskAsync(
            ModbusRequest.ReadHolding(2, 0x2800, 2), ModbusRtuMaster.DefaultTimeout, TestContext.Current.CancellationToken);

        Assert.Null(neighbour.Failure);
        Assert.InRange(line.NowMs - before, 20, 30);
    }

    [Fact]
    public async Task Line_that_is_never_silent_is_asked_after_half_a_second_all_the_same()
    {
        var line = new ScriptedLine(time, _ => [(1, Reply)]);
        for (var ms = 0; ms < 3000; ms += 2)
        {
            line.Arrive(ms, "00");
        }

        Assert.Equal("3333F340", Registers(await AskAsync(new ModbusRtuMaster(line, time))));
        Assert.InRange(line.Written[0].AtMs, 450, 550);
    }

    [Fact]
    public async Task Acknowledged_write_is_told_from_its_echo_on_a_line_that_echoes()
    {
        const string write = "01 06 07 D0 00 02 08 86";
        var replies = new Queue<string>([write, Request + Reply, write, write + write]);
        var master = new ModbusRtuMaster(new ScriptedLine(time, _ => [(10, replies.Dequeue())]), time);

        Assert.Null((await AskAsync(master, Write)).Failure);
        Assert.Null((await AskAsync(master)).Failure);
        Assert.Equal(SensorFault.NoAnswer, (await AskAsync(master, Write)).Failure?.Fault);
        Assert.Null((await AskAsync(master, Write)).Failure);
    }

    [Fact]
    public async Task Port_that_cannot_be_used_is_said_in_its_own_words()
    {
        var line = new ScriptedLine(time, _ => []) { Fault = "/dev/scripted has gone: is the adapter plugged in?" };

        var answer = await AskAsync(new ModbusRtuMaster(line, time));

        Assert.Equal(new Reading.Failed(SensorFault.BusDown, line.Fault), answer.Failure);
    }

    private static string Registers(ModbusAnswer answer) => Convert.ToHexString(answer.Registers.Span);

    private static ValueTask<ModbusAnswer> AskAsync(ModbusRtuMaster master, ModbusRequest? request = null) =>
        master.AskAsync(request ?? Ph, ModbusRtuMaster.DefaultTimeout, TestContext.Current.CancellationToken);
}
