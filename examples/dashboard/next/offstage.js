import { allow, defineOffstage } from 'offstage'

export class SampleJob {
  process(data) {
    return data
  }
}

export const offstage = defineOffstage({ jobs: [allow(SampleJob, 'process')] })
export default offstage
