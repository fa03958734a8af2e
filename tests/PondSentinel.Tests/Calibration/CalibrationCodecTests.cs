using System.Text;
using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Calibration;

public sealed class CalibrationCodecTests
{
    private const string Record =
        """{"v":1,"id":"c17","d":"pond1","c":"ph","m":"ph","model":"ti-ads1115","t":1767225600000,"by":"Li","kind":"ph-electrode","temp_c":25,"found":[],"left":[{"std":4.01,"raw":176.9}],"line":[[0,7],[100,5.3]],"slope_pct":[99.4],"offset":0,"refused":[],"due":null}""";

    [Fact]
    public void Record_is_read_back_as_it_was_written() => CalibrationGen.Records.Sample(
        record =>
        {
            var bytes = CalibrationCodec.Encode(record);
            var read = CalibrationCodec.Decode(bytes);

            Assert.Null(read.Malformed);
            Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(CalibrationCodec.Encode(read.Value!)));
            Assert.Equal((record.Id, record.Kind, record.TimeMs, record.DueMs), (read.Value!.Id, read.Value.Kind, read.Value.TimeMs, read.Value.DueMs));
            Assert.Equal(record.AsLeft, read.Value.AsLeft);
            Assert.Equal(record.Curve?.At(50, 12), read.Value.Curve?.At(50, 12));
        },
        iter: TestDepth.Cases(200));

    [Theory]
    [InlineData("\"c17\"", "\"C 17\"", "id")]
    [InlineData("\"ph-electrode\"", "\"spline\"", "kind")]
    [InlineData("\"ph-electrode\"", "\"instrument\"", "has no line")]
    [InlineData("\"m\":\"ph\"", "\"m\":\"taste\"", "m: ")]
    [InlineData("[[0,7],[100,5.3]]", "null", "line is missing")]
    [InlineData("[[0,7],[100,5.3]]", "[[0,7]]", "line does not rise")]
    [InlineData("[[0,7],[100,5.3]]", "[[0,7],[0,5]]", "line does not rise")]
    [InlineData("[[0,7],[100,5.3]]", "[[0],[100,5.3]]", "line[0]")]
    [InlineData("[99.4]", "[99.4,1,2,3]", "slope_pct")]
    [InlineData("[99.4]", "[null]", "slope_pct[0]")]
    [InlineData("\"temp_c\":25", "\"temp_c\":-300", "temp_c")]
    [InlineData("\"temp_c\":25,", "", "temp_c: is missing")]
    [InlineData("\"by\":\"Li\"", "\"by\":\"\"", "by")]
    [InlineData("\"raw\":176.9", "\"raw\":null", "raw")]
    [InlineData("\"refused\":[]", "\"refused\":[\"\"]", "refused[0]")]
    [InlineData("\"v\":1", "\"v\":2", "v: is not 1")]
    public void What_is_wrong_is_named(string what, string instead, string fault)
    {
        Assert.Null(CalibrationCodec.Decode(Encoding.UTF8.GetBytes(Record)).Malformed);

        var read = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(Record.Replace(what, instead, StringComparison.Ordinal)));

        Assert.Contains(fault, read.Malformed!, StringComparison.Ordinal);
    }

    /// <summary>The example that the wire's page shows, as the readings make it.</summary>
    [Fact]
    public void Example_of_an_event_holds_a_record_that_its_readings_make()
    {
        var body = EventCodec.Decode(Example.Bytes("event-cal")).Value!.Body;
        Assert.Equal("record", body.GetProperty("what").GetString());
        var text = body.GetProperty("record").GetRawText();
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(text)).Value!;

        Assert.Equal(text, Encoding.UTF8.GetString(CalibrationCodec.Encode(record)));
        Assert.Equal(("pond1", "ph", "Li", 25.0, "new membrane"), (record.Device, record.Channel, record.By, record.Celsius, record.Note));
        Assert.Equal(new StandardReading(4.01, 171.5) { Name = "buffer pH 4.01", Lot = "A17" }, record.AsFound.Single());
        var fit = CalibrationFit.Of(record.Kind, record.Measurand, record.AsLeft, record.Celsius);
        Assert.Equal(fit.Curve, record.Curve);
        Assert.Equal(fit.SlopePercent.Single(), record.SlopePercent.Single(), 1e-9);
        Assert.Equal(fit.Offset!.Value, record.Offset!.Value, 1e-9);
        Assert.True(record.IsAccepted);
    }

    [Fact]
    public void Bytes_never_make_it_throw() => Gen.Select(Gen.Int[0, Record.Length - 1], Gen.Byte, Gen.Bool).Sample(
        (at, value, isCut) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Record);
            bytes[at] = value;
            var read = CalibrationCodec.Decode(isCut ? bytes.AsSpan(0, at) : bytes);

            Assert.True(read.IsGood || read.Malformed!.Length <= 201);
            read.Value?.Curve?.At(1);
        },
        iter: TestDepth.Cases(1000));

    [Fact]
    public void Texts_for_people_are_cleaned_and_cut()
    {
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(Record)).Value! with { By = "Li\u0007" + new string('x', 90), Note = new string('n', 300) };

        var read = CalibrationCodec.Decode(CalibrationCodec.Encode(record)).Value!;

        Assert.StartsWith("Li\uFFFD", read.By, StringComparison.Ordinal);
        Assert.Equal((CalibrationRecord.ByLengthMax, CalibrationRecord.TextLengthMax), (read.By.Length, read.Note!.Length));
    }

    [Fact]
    public void Record_that_its_readers_would_refuse_is_not_written()
    {
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(Record)).Value!;

        Assert.Throws<ArgumentException>(() => CalibrationCodec.Encode(record with { Id = "no name" }));
        Assert.Throws<ArgumentException>(() => CalibrationCodec.Encode(record with { Line = null }));
    }

    [Theory]
    [InlineData("ph", "ti-ads1115", null, true)]
    [InlineData("ph", "ti-ads1115", "17", true)]
    [InlineData("ph", "atlas-ezo-ph", null, false)]
    [InlineData("ammonium_n_mg_l", "ti-ads1115", null, false)]
    public void Record_is_of_one_instrument(string measurand, string model, string? serial, bool isOf)
    {
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(Record)).Value!;
        Assert.True(PondSentinel.Measurements.MeasurandNames.TryParse(measurand, out var known));

        Assert.Equal(isOf, record.IsOf(known, model, serial));
        Assert.False((record with { Serial = "18" }).IsOf(known, model, "17"));
    }
}
