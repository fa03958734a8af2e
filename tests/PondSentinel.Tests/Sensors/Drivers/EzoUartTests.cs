using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.AtlasEzo;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class EzoUartTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData("7.021|*OK", "7.021")]
    [InlineData("*WA|7.021|*OK", "7.021")]
    [InlineData("7.021|*SL|*OK", "7.021")]
    [InlineData("14.000|*OK", "14 OverRange")]
    [InlineData("*ER", "Refused")]
    [InlineData("*UV|7.021|*OK", "DeviceFault")]
    [InlineData("*OV|7.021|*OK", "DeviceFault")]
    [InlineData("*RS|*RE", "TimedOut")]
    [InlineData("*OK", "Garbled")]
    [InlineData("7.021|7.022|*OK", "Garbled")]
    [InlineData("7.0\u00E91|*OK", "Garbled")]
    [InlineData("?i,pH,2.14|*OK", "Garbled")]
    [InlineData("7.021", "TimedOut")]
    [InlineData("", "NoAnswer")]
    public async Task Every_line_has_one_meaning(string lines, string expected)
    {
        var line = Circuit(lines);

        Assert.Equal(expected, Readings.Describe(await Sensor(line).ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Circuit_as_it_comes_from_the_factory_is_made_to_speak_only_when_asked()
    {
        var line = Circuit("7.021|*OK");
        line.Arrive(0, Line("6.900"));
        line.Arrive(300, Line("6.901"));

        Assert.Equal("7.021", Readings.Describe(await Sensor(line).ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(["\rC,0\r", "*OK,1\r", "i\r", "Status\r", "Slope,?\r", "RT,25.0\r", "RT,25.0\r"], Commands(line));
    }

    [Fact]
    public async Task Circuit_once_known_is_only_asked_for_readings()
    {
        var line = Circuit("7.021|*OK");
        var sensor = Sensor(line);

        await sensor.ReadAsync(TestContext.Current.CancellationToken);
        await sensor.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["\rC,0\r", "*OK,1\r", "i\r", "Status\r", "Slope,?\r", "RT,25.0\r", "RT,25.0\r", "RT,25.0\r"], Commands(line));
    }

    // All that one wrong bit can make of an answer: the value within what agrees, or none.
    [Fact]
    public async Task No_single_wrong_bit_makes_another_value_of_the_first_reading_nor_of_a_later_one()
    {
        var answer = Encoding.Latin1.GetBytes("7.021\r*OK\r");
        var believed = 0;
        foreach (var bit in Enumerable.Range(0, answer.Length * 8))
        {
            var wrong = answer.ToArray();
            wrong[bit / 8] ^= (byte)(1 << (bit % 8));
            foreach (var wrongAt in new[] { 1, 3 })
            {
                var readings = 0;
                var line = Circuit(() => ++readings == wrongAt ? Convert.ToHexString(wrong) : Convert.ToHexString(answer));
                var sensor = Sensor(line);
                for (var poll = 0; poll < 2; poll++)
                {
                    var reading = await sensor.ReadAsync(TestContext.Current.CancellationToken);
                    if (reading is Reading.Measured measured)
                    {
                        believed++;
                        Assert.InRange(measured.Outputs[0].Measurement!.Value.Value, 7.021 - 0.05, 7.021 + 0.05);
                    }
                }
            }
        }

        Assert.InRange(believed, answer.Length * 8 * 2, int.MaxValue);
    }

    [Fact]
    public async Task Reading_that_is_far_from_the_last_is_believed_where_the_next_says_the_same_and_not_where_no_two_agree()
    {
        var answers = new Queue<string>(["7.021", "7.022", "7.03", "4.001", "4.002", "9.000", "5.000", "1.000"]);
        var line = Circuit(() => Line(answers.Dequeue()) + Line("*OK"));
        var sensor = Sensor(line);

        Assert.Equal("7.022", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("7.03", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("4.002", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(
            new Reading.Failed(SensorFault.Garbled, "its readings do not agree: 9, 5, 1"),
            await sensor.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Empty(answers);
    }

    [Fact]
    public async Task Reading_that_comes_late_is_not_taken_for_the_next_one()
    {
        var readings = 0;
        ScriptedLine line = null!;
        line = new ScriptedLine(time, _ => Text(line) switch
        {
            "\rC,0\r" => [],
            "i\r" => [(50, Line("?i,pH,2.14") + Line("*OK"))],
            // The first comes when the second poll has begun.
            "RT,25.0\r" => ++readings == 1 ? [(2100, Line("4.000") + Line("*OK"))] : [(900, Line("7.021") + Line("*OK"))],
            _ => [(50, Line("*OK"))],
        });
        var sensor = Sensor(line);

        Assert.Equal("NoAnswer", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("7.021", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(3, readings);
    }

    // Answers of up to 2 s after their time: whatever the driver asks meanwhile, it takes none of them for another's.
    [Theory]
    [InlineData(700)]
    [InlineData(1500)]
    [InlineData(1900)]
    public async Task Circuit_that_was_late_is_asked_again_only_when_nothing_can_be_under_way_and_its_next_poll_is_good(int lateMs)
    {
        var late = lateMs;
        ScriptedLine line = null!;
        line = new ScriptedLine(time, _ => Text(line) switch
        {
            "\rC,0\r" => [(late + 50, Line("*OK"))],
            "*OK,1\r" => [(late + 50, Line("*OK"))],
            "i\r" => [(late + 300, Line("?i,pH,2.14") + Line("*OK"))],
            "Status\r" => [(late + 300, Line("?Status,P,5.038") + Line("*OK"))],
            "Slope,?\r" => [(late + 300, Line("?Slope,99.7,100.3,-0.89") + Line("*OK"))],
            _ => [(late + 900, Line("7.021") + Line("*OK"))],
        });
        var sensor = Sensor(line);
        for (var poll = 0; poll < 3; poll++)
        {
            await sensor.ReadAsync(TestContext.Current.CancellationToken);
        }

        late = 0;
        Assert.Equal("7.021", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task What_never_falls_silent_is_no_circuit()
    {
        var line = new ScriptedLine(time, _ => []);
        line.BeforeWait = () => line.Arrive(100, "55");

        Assert.Equal(
            new Reading.Failed(SensorFault.Garbled, "it never falls silent: another device, or another baud rate"),
            await Sensor(line).ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Port_that_cannot_be_used_is_said_in_its_own_words()
    {
        var line = new ScriptedLine(time, _ => []) { Fault = "/dev/scripted has gone" };

        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, "/dev/scripted has gone"),
            await Sensor(line).ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Any_bytes_are_cut_into_lines_without_an_exception_and_no_more_than_a_line_is_held() =>
        Gen.Byte.Array[0, 100].Array[0, 10].Sample(
            pieces =>
            {
                var lines = new EzoUartLines();
                foreach (var piece in pieces)
                {
                    lines.Add(piece);
                    while (lines.Next() is { } line)
                    {
                        Assert.InRange(line.Text.Length, 0, 128);
                    }
                }
            },
            iter: 2_000);

    [Fact]
    public void Lines_are_the_same_however_they_are_cut() =>
        (from numbers in Gen.Int[0, 14_000].Array[1, 5] from cut in Gen.Int[1, 7] select (numbers, cut)).Sample(
            input =>
            {
                var said = input.numbers.SelectMany(number => new[] { FormattableString.Invariant($"{number / 1000.0:0.000}"), "*OK" }).ToList();
                var lines = new EzoUartLines();
                List<string> heard = [];
                foreach (var piece in Encoding.ASCII.GetBytes(string.Concat(said.Select(text => text + "\r"))).Chunk(input.cut))
                {
                    lines.Add(piece);
                    while (lines.Next() is { } line)
                    {
                        heard.Add(line.Text);
                    }
                }

                Assert.Equal(said, heard);
            },
            iter: 1_000);

    private static string Line(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text + "\r"));

    private static string Text(ScriptedLine line) => Encoding.ASCII.GetString(line.Written[^1].Bytes);

    private static IEnumerable<string> Commands(ScriptedLine line) =>
        line.Written.Select(written => Encoding.ASCII.GetString(written.Bytes));

    /// <summary>A circuit that does what it should, and says what is given when asked for a reading.</summary>
    private ScriptedLine Circuit(string reading) =>
        Circuit(() => reading.Length == 0 ? "" : string.Concat(reading.Split('|').Select(Line)));

    private ScriptedLine Circuit(Func<string> reading)
    {
        ScriptedLine line = null!;
        return line = new ScriptedLine(time, _ => Text(line) switch
        {
            "\rC,0\r" => [(50, Line("*ER")), (60, Line("*OK"))],
            "i\r" => [(50, Line("?i,pH,2.14") + Line("*OK"))],
            "*OK,1\r" => [(50, Line("*OK"))],
            "Status\r" => [(50, Line("?Status,P,5.038") + Line("*OK"))],
            "Slope,?\r" => [(50, Line("?Slope,99.7,100.3,-0.89") + Line("*OK"))],
            _ => [(900, reading())],
        });
    }

    private ISensor Sensor(ScriptedLine line) => SensorCatalogue.Models["atlas-ezo-ph"].On(LineKind.Serial)!.Create(
        new SerialBus(line, time), new SensorOrder(0, ["ph"]));
}
