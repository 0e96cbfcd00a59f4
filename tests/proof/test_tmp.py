import asyncio
from datetime import timedelta
from tests.proof.steps import Steps
from tests.proof.world import opened

async def test_probe(stack):
    steps=Steps()
    async with opened(stack, watch=steps.watch) as w:
        async def tell(n):
            await w.settle(); await asyncio.sleep(0.1)
            print("==",n); [print("   ",s) for s in steps.seen]; steps.arm(None)
        await tell("open"); 
        await asyncio.sleep(3); await tell("idle")
        r = await w.hold(w.citizen(1), w.at("10:00", days=3), headers={"Idempotency-Key":"a"}); await tell("hold")
        print(r.status_code, r.text)
        await w.step(w.citizen(1), r.json()["id"], "confirm", **{"Idempotency-Key":"b"}); await tell("confirm")
        await w.step(w.citizen(1), r.json()["id"], "cancel", **{"Idempotency-Key":"c"}); await tell("cancel")
        r = await w.hold(w.citizen(1), w.at("10:00", days=3), headers={"Idempotency-Key":"d"}); await tell("hold")
        await w.step(w.citizen(1), r.json()["id"], "cancel", **{"Idempotency-Key":"e"}); await tell("cancel hold")
        r = await w.hold(w.citizen(1), w.at("10:00", days=3), headers={"Idempotency-Key":"f"}); await tell("hold")
        await w.later(timedelta(minutes=6)); await tell("expire")
