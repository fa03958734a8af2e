using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.MaxbotixHrxl;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed partial class HrxlTests
{
    // R1234 as the data sheet has it.
    private const string Example = "52 31 32 33 34 0D";

    // What an MB7386 says of itself after power-on.
    private const string Banner = "HRXL-MaxSonar-WRL\rPN:MB7386\rCopyright 2011-2013\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\r";

    private static readonly byte[] NoiseBytes = [.. "R0193\r"u8, 0x00, 0xFF];

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Line_of_the_data_sheet_is_read()
    {
        var line = new ScriptedLine(time, _ => Enumerable.Range(0, 9).Select(i => (i * 150, Example)));

        Assert.Equal("1766", await PollAsync(line, HrxlSettings.Usual));
    }

    // Settings: height, nearest, no target.
    [Theory]
    [InlineData(1234, 3000, 500, 5000, "1766")]
    [InlineData(1234, 3000.5, 500, 5000, "1766.5")]
    [InlineData(4000, 3000, 500, 5000, "-1000")]
    [InlineData(5000, 3000, 500, 5000, "OverRange")]
    [InlineData(4999, 3000, 500, 5000, "-1999 OverRange")]
    [InlineData(4998, 3000, 500, 5000, "-1998")]
    [InlineData(9999, 9000, 500, 9999, "OverRange")]
    [InlineData(9998, 9000, 500, 9999, "-998 OverRange")]
    [InlineData(5000, 9000, 500, 9999, "4000")]
    [InlineData(9000, 9000, 500, 5000, "OverRange")]
    [InlineData(500, 3000, 500, 5000, "2500 OverRange")]
    [InlineData(300, 3000, 500, 5000, "2700 OverRange")]
    [InlineData(501, 3000, 500, 5000, "2499")]
    [InlineData(300, 3000, 300, 5000, "2700 OverRange")]
    [InlineData(301, 3000, 300, 5000, "2699")]
    [InlineData(299, 3000, 300, 5000, "Garbled")]
    [InlineData(0, 3000, 300, 5000, "Garbled")]
    public async Task Range_becomes_a_level_and_what_is_out_of_range_no_good_one(int range, double height, int nearest, int noTarget, string expected) =>
        Assert.Equal(expected, await PollAsync(Lines(Enumerable.Repeat(range, 9)), new HrxlSettings(height, nearest, noTarget)));

    [Theory]
    [InlineData(new[] { 5000, 5000, 5000, 5000, 1234, 1235, 1236, 1237, 1238 }, "1762")]
    [InlineData(new[] { 5000, 5000, 5000, 5000, 5000, 1235, 1236, 1237, 1238 }, "OverRange")]
    [InlineData(new[] { 1238, 300, 1234, 1236, 300, 1235, 1237, 300, 300 }, "1766")]
    [InlineData(new[] { 1234, 1234, 1234, 1234, 1234, 1234, 1234, 1234 }, "Garbled")]
    [InlineData(new[] { 1234, 1234, 1234, 1234, 1234, 1234, 1234, 1234, 1234, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000 }, "1766")]
    public async Task Median_of_nine_is_taken(int[] ranges, string expected) => Assert.Equal(expected, await PollAsync(Lines(ranges), HrxlSettings.Usual));

    [Theory]
    [InlineData("", "NoAnswer")]
    [InlineData("R12", "TimedOut")]
    [InlineData(Banner, "Garbled")]
    [InlineData("R1234 \rR1234 \rR1234 \rR1234 \rR1234 \rR1234 \rR1234 \rR1234 \rR1234 \r", "Garbled")]
    [InlineData("R123\rR123\rR123\rR123\rR123\rR123\rR123\rR123\rR123\rR123\r", "Garbled")]
    [InlineData("R+234\rR+234\rR+234\rR+234\rR+234\rR+234\rR+234\rR+234\rR+234\r", "Garbled")]
    [InlineData("R 234\rR 234\rR 234\rR 234\rR 234\rR 234\rR 234\rR 234\rR 234\r", "Garbled")]
    public async Task What_is_no_line_is_no_value(string text, string expected) => Assert.Equal(expected, await PollAsync(Saying(text), HrxlSettings.Usual));

    [Fact]
    public async Task What_it_says_of_itself_and_half_a_line_are_passed_over() => Assert.Equal(
        "1766", await PollAsync(Saying("234\r" + Banner + "\u00FF" + string.Concat(Enumerable.Repeat("R1234\r", 9))), HrxlSettings.Usual));

    [Fact]
    public async Task Lines_from_before_the_poll_are_not_its_answer()
    {
        var line = Lines(Enumerable.Repeat(1234, 9));
        line.Arrive(0, Text(string.Concat(Enumerable.Repeat("R4000\r", 700))));

        Assert.Equal("1766", await PollAsync(line, HrxlSettings.Usual));
        Assert.Empty(Assert.Single(line.Written).Bytes);
    }

    [Fact]
    public async Task Port_that_cannot_be_used_is_said_in_its_own_words()
    {
        var line = new ScriptedLine(time, _ => []) { Fault = "/dev/scripted has gone" };

        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, "/dev/scripted has gone"),
            await Sensor(line, HrxlSettings.Usual).ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Level_can_be_what_its_height_leaves() => Assert.Equal(
        new Band(-1999, 2700), Assert.Single(new HrxlSettings(3000, 300, 5000).Outputs).Range);

    [Fact]
    public void Any_bytes_are_searched_without_an_exception_and_nine_lines_are_in_what_is_found() =>
        Gen.OneOf(Gen.Byte.Array[0, 200], Gen.Int[0, NoiseBytes.Length - 1].Select(i => NoiseBytes[i]).Array[0, 512]).Sample(
            bytes => Assert.Equal(
                GoodLine().Count(Encoding.Latin1.GetString(bytes)) >= HrxlLines.Wanted, HrxlLines.MedianRange(bytes) is not null),
            iter: 20_000);

    [Fact]
    public void Nine_ranges_behind_any_noise_have_their_median() =>
        (from ranges in Gen.Int[300, 9999].Array[9] from noise in Gen.Byte.Array[0, 12] select (ranges, noise)).Sample(
            input =>
            {
                byte[] bytes = [.. input.noise, .. input.ranges.SelectMany(range => Encoding.ASCII.GetBytes(LineOf(range)))];
                if (!GoodLine().IsMatch(Encoding.Latin1.GetString(input.noise)))
                {
                    Assert.Equal(input.ranges.Order().ElementAt(4), HrxlLines.MedianRange(bytes));
                }
            },
            iter: 5_000);

    [GeneratedRegex("R(?!0[012])[0-9]{4}\r")]
    private static partial Regex GoodLine();

    private static string LineOf(int range) => string.Create(CultureInfo.InvariantCulture, $"R{range:0000}\r");

    private static string Text(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text));

    private static ISensor Make(SerialBus bus, HrxlSettings settings) =>
        SensorCatalogue.Models["maxbotix-hrxl"].On(LineKind.Serial)!.Create(bus, new SensorOrder(0, ["level"]) { Settings = settings });

    private async Task<string> PollAsync(ScriptedLine line, HrxlSettings settings) =>
        Readings.Describe(await Sensor(line, settings).ReadAsync(TestContext.Current.CancellationToken));

    private ISensor Sensor(ScriptedLine line, HrxlSettings settings) => Make(new SerialBus(line, time), settings);

    private ScriptedLine Lines(IEnumerable<int> ranges) =>
        new(time, _ => ranges.Select((range, i) => (i * 150, Text(LineOf(range)))));

    private ScriptedLine Saying(string text) => new(time, _ => [(100, Text(text))]);
}
